import type { AuditEntry, AuditFilter } from "@/api/contract";
import type { Status } from "@/ui/status-badge";

export const outcomes = ["done", "failed", "refused"] as const;

const badges: Record<string, Status> = {
  done: { label: "Done", tone: "good", icon: "check" },
  failed: { label: "Failed", tone: "bad", icon: "cross" },
  refused: { label: "Refused", tone: "warn", icon: "pause" },
};

/** A newer release may write an outcome that this console does not know. */
export const outcomeOf = (outcome: string): Status =>
  badges[outcome] ?? { label: outcome, tone: "idle", icon: "question" };

/** `cluster.credential-replaced` is "Cluster credential replaced". */
export function actionWords(action: string): string {
  const text = action.replace(/[.-]/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const targetsText = ({ targets }: AuditEntry): string =>
  targets.map(({ kind, name }) => `${kind} ${name}`).join(", ");

export interface ChangedMember {
  name: string;
  before: string | null;
  after: string | null;
}

/** The members before and after, by name; null where there was, or is, none. */
export function changedMembers({ before, after }: AuditEntry): ChangedMember[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return names.map((name) => ({ name, before: shown(before, name), after: shown(after, name) }));
}

function shown(members: Record<string, unknown> | null, name: string): string | null {
  const value = members?.[name];
  if (value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Where the browser downloads the entries that the filter matches. */
export function exportAddress(filter: AuditFilter): string {
  const asked = new URLSearchParams(
    Object.entries(filter).filter((entry): entry is [string, string] => Boolean(entry[1])),
  ).toString();
  return `/api/v1/audit/export${asked && `?${asked}`}`;
}
