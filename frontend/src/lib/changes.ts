/** How values and comparisons of a plan read. */

export const comparisonWords = {
  same: "the same value",
  differs: "another value",
  missing: "missing there, would be added",
  extra: "only there",
} as const;

/** A value of a manifest as text: strings as they are, everything else as JSON that can be read. */
export function shownValue(value: unknown): string {
  if (typeof value === "string") return value === "" ? '""' : value;
  return JSON.stringify(value, null, 2) ?? "nothing";
}
