/** Texts for the values and comparisons of a plan. */

export const comparisonWords = {
  same: "same value",
  differs: "different value",
  missing: "missing in the target, would be added",
  extra: "in the target only",
} as const;

/** A manifest value as text: a string unchanged, any other value as indented JSON. */
export function shownValue(value: unknown): string {
  if (typeof value === "string") return value === "" ? '""' : value;
  return JSON.stringify(value, null, 2) ?? "nothing";
}
