/** Registries and polled repositories. Pure. */
import type { Poll, RegistryCheck } from "@/api/contract";
import { count, listed } from "@/lib/words";
import type { Status } from "@/ui/status-badge";

export function pollStatus({ last_at: at, last_error: error }: Poll): Status {
  if (error !== null) return { label: "Error", tone: "bad", icon: "warning" };
  return at === null
    ? { label: "Not polled yet", tone: "idle", icon: "clock" }
    : { label: "Polled", tone: "good", icon: "check" };
}

export const intervals = [
  { value: "60", label: "Every minute" },
  { value: "300", label: "Every 5 minutes" },
  { value: "900", label: "Every 15 minutes" },
  { value: "3600", label: "Every hour" },
  { value: "86400", label: "Every day" },
] as const;

/** `every 5 minutes`; in seconds for an interval that the console does not offer. */
export function intervalWords(seconds: number): string {
  const known = intervals.find(({ value }) => Number(value) === seconds);
  return known ? known.label.toLowerCase() : `every ${count(seconds, "second")}`;
}

/** The result of a check as sentences. */
export function checkSentences(checked: RegistryCheck): string[] {
  if (!checked.well) return [checked.detail ?? "The registry did not respond as expected."];
  const what = checked.repository ?? checked.host;
  const unproved = checked.detail === null ? [] : [checked.detail];
  if (checked.tag === null)
    return [
      checked.tags === null ? `${what} is reachable.` : `${what} is reachable and has ${count(checked.tags, "tag")}.`,
      ...unproved,
    ];
  return [
    `${what}:${checked.tag} is ${checked.digest ?? "available"}.`,
    ...(checked.platforms.length > 0 ? [`Platforms: ${listed(checked.platforms)}.`] : []),
  ];
}

/** Splits a repository name into its registry host and path; null if it names no host. */
export function splitRepository(text: string): { host: string; path: string } | null {
  const slash = text.indexOf("/");
  const host = slash < 0 ? "" : text.slice(0, slash);
  return slash > 0 && slash < text.length - 1 && /[.:]|^localhost$/.test(host)
    ? { host, path: text.slice(slash + 1) }
    : null;
}
