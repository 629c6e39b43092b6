/** Registries that may be asked, and repositories that are looked at from time to time. Pure. */
import type { Poll, Registry, RegistryCheck, RegistryCredential } from "@/api/contract";
import { count, listed } from "@/lib/words";
import type { Status } from "@/ui/status-badge";

export type CredentialKind = RegistryCredential["kind"];

export const credentialWords: Record<CredentialKind, string> = {
  basic: "Name and password",
  bearer: "Token",
  anonymous: "None",
};

export function registryStatus({ last_seen_at: seen, last_error: error }: Registry): Status {
  if (error !== null) return { label: "In trouble", tone: "bad", icon: "warning" };
  return seen === null
    ? { label: "Not asked yet", tone: "idle", icon: "question" }
    : { label: "Answers", tone: "good", icon: "plug" };
}

export function pollStatus({ last_at: at, last_error: error }: Poll): Status {
  if (error !== null) return { label: "In trouble", tone: "bad", icon: "warning" };
  return at === null
    ? { label: "Not looked yet", tone: "idle", icon: "clock" }
    : { label: "Looked at", tone: "good", icon: "check" };
}

export const intervals = [
  { value: "60", label: "Every minute" },
  { value: "300", label: "Every 5 minutes" },
  { value: "900", label: "Every quarter of an hour" },
  { value: "3600", label: "Every hour" },
  { value: "86400", label: "Every day" },
] as const;

/** `every 5 minutes`, also where the interval is none of those that the console offers. */
export function intervalWords(seconds: number): string {
  const known = intervals.find(({ value }) => Number(value) === seconds);
  return known ? known.label.toLowerCase() : `every ${count(seconds, "second")}`;
}

/** What a check has brought to light, as sentences. */
export function checkedWords(checked: RegistryCheck): string[] {
  if (!checked.well) return [checked.detail ?? "It did not answer as it should."];
  const what = checked.repository ?? checked.host;
  if (checked.tag === null)
    return [checked.tags === null ? `${what} answers.` : `${what} answers, and has ${count(checked.tags, "tag")}.`];
  return [
    `${what}:${checked.tag} is ${checked.digest ?? "there"}.`,
    ...(checked.platforms.length > 0 ? [`It runs on ${listed(checked.platforms)}.`] : []),
  ];
}

/** A repository with its registry, in its two parts. */
export function splitRepository(text: string): { host: string; path: string } | null {
  const slash = text.indexOf("/");
  const host = slash < 0 ? "" : text.slice(0, slash);
  return slash > 0 && slash < text.length - 1 && /[.:]|^localhost$/.test(host)
    ? { host, path: text.slice(slash + 1) }
    : null;
}
