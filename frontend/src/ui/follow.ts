/** What an environment follows, in few words. Pure: the current time is an argument. */
import type { Follow } from "@/api/contract";

const words: Record<NonNullable<Follow["code"]>, string> = {
  "up-to-date": "up to date",
  proving: "proving",
  "operation-underway": "operation running",
  approval: "waits for approval",
  "proposal-refused": "not approved",
  "gate-closed": "gate closed",
  "not-configured": "not configured",
  "source-not-configured": "not configured there",
  "source-unknown": "cluster not responding",
  "source-unhealthy": "not healthy there",
  "source-skew": "skew there",
  "source-operation": "operation running there",
  "source-failed": "failed there",
  "check-missing": "check missing",
  "nothing-in-common": "nothing in common",
  "cluster-unknown": "cluster not responding",
  "rolled-back": "rolled back",
  replaced: "replaced by hand",
  failed: "promotion failed",
  "changed-since": "changed since",
  "plan-blocked": "plan blocked",
  "without-right": "right lost",
};

/** The codes that pass by themselves; the others need a person. */
const PASSING: ReadonlySet<Follow["code"]> = new Set([
  null,
  "up-to-date",
  "proving",
  "operation-underway",
  "source-operation",
]);

export const needsPerson = ({ code }: Pick<Follow, "code">): boolean => !PASSING.has(code);

/** How many minutes the followed environment still has to be healthy, rounded up; null where it is not that. */
export function minutesLeft({ code, due_at: due }: Pick<Follow, "code" | "due_at">, now: number): number | null {
  if (code !== "proving" || due === null) return null;
  return Math.max(0, Math.ceil((new Date(due).getTime() - now) / 60_000));
}

/** `follows Staging · 7 min left`. */
export function followWords(follow: Follow, now: number): string {
  const left = minutesLeft(follow, now);
  const state = left === null ? follow.code && words[follow.code] : left === 0 ? "promoting" : `${left} min left`;
  return [`follows ${follow.environment}`, state].filter(Boolean).join(" · ");
}
