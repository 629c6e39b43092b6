/** Timelines: which part of one is shown, and its entries by day. Pure. */
import type { TimelineEntry, TimelineKind } from "@/api/contract";
import { isWall, momentOf } from "@/lib/zones";
import type { IconName } from "@/ui/icons";
import type { Status, Tone } from "@/ui/status-badge";

/** `night`: from yesterday evening until this morning; `picked`: between two moments that the user gives. */
export const ranges = ["night", "24h", "7d", "all", "picked"] as const;
export type Range = (typeof ranges)[number];

export const rangeLabels: Record<Range, string> = {
  night: "Last night",
  "24h": "24 hours",
  "7d": "7 days",
  all: "90 days",
  picked: "Pick",
};

/** What is shown together or not at all. What was not recorded concerns all of it. */
export const topics = {
  changes: ["operation", "release", "rollout"],
  health: ["health", "restart", "cluster"],
  scaling: ["scaling"],
  drift: ["drift", "skew"],
  gates: ["hold", "stop", "freeze"],
} as const satisfies Record<string, readonly TimelineKind[]>;
export type Topic = keyof typeof topics;
export const topicNames = Object.keys(topics) as Topic[];

export const topicLabels: Record<Topic, string> = {
  changes: "Changes",
  health: "Health",
  scaling: "Scaling",
  drift: "Drift",
  gates: "Gates",
};

/** What the address says of the shown part; `from` and `to` are times of the browser's clock, as fields have them. */
export interface Shown {
  range?: Range;
  from?: string;
  to?: string;
  only?: Topic[];
}

export const kindsOf = (only: readonly Topic[] | undefined): TimelineKind[] | undefined =>
  only && only.length > 0 ? [...only.flatMap((topic) => topics[topic]), "omitted"] : undefined;

const EVENING = 18;
const MORNING = 8;
const HOUR = 3_600_000;

export interface Span {
  from?: string;
  to?: string;
}

/** The span of time that is asked for; what is left out is bounded by what is kept, and by now. */
export function spanOf({ range = "24h", from, to }: Shown, now: Date, zone: string): Span {
  switch (range) {
    case "night": {
      const evening = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1, EVENING);
      const morning = new Date(now.getFullYear(), now.getMonth(), now.getDate(), MORNING);
      return { from: evening.toISOString(), ...(morning < now ? { to: morning.toISOString() } : {}) };
    }
    case "24h":
      return { from: new Date(now.getTime() - 24 * HOUR).toISOString() };
    case "7d":
      return { from: new Date(now.getTime() - 7 * 24 * HOUR).toISOString() };
    case "picked":
      return {
        ...(from && isWall(from) ? { from: momentOf(from, zone).toISOString() } : {}),
        ...(to && isWall(to) ? { to: momentOf(to, zone).toISOString() } : {}),
      };
    case "all":
      return {};
  }
}

/** Why a picked span of time cannot be asked for; null where it can. */
export function spanFault({ range, from, to }: Shown): string | null {
  if (range !== "picked") return null;
  return from && to && isWall(from) && isWall(to) && from >= to ? "The end has to be after the beginning." : null;
}

const dayFormat = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** `Friday 27 November 2026`, whatever the browser puts between the parts. */
function dayOf(at: string): string {
  const parts = dayFormat.formatToParts(new Date(at)).filter(({ type }) => type !== "literal");
  return parts.map(({ value }) => value).join(" ");
}

/** The time of the day by the browser's clock. */
export const clockOf = (at: string): string => clockFormat.format(new Date(at));

export interface Day {
  label: string;
  entries: TimelineEntry[];
}

/** The entries by the days on which they began, by the browser's clock, in their order. */
export function byDay(entries: readonly TimelineEntry[]): Day[] {
  const days: Day[] = [];
  for (const entry of entries) {
    const label = dayOf(entry.at);
    const last = days.at(-1);
    if (last?.label === label) last.entries.push(entry);
    else days.push({ label, entries: [entry] });
  }
  return days;
}

const kinds: Record<TimelineKind, { label: string; icon: IconName }> = {
  operation: { label: "Operation", icon: "history" },
  release: { label: "Release", icon: "box" },
  rollout: { label: "Rollout", icon: "refresh" },
  health: { label: "Health", icon: "warning" },
  restart: { label: "Restart", icon: "back" },
  scaling: { label: "Scaling", icon: "up" },
  drift: { label: "Drift", icon: "split" },
  skew: { label: "Skew", icon: "split" },
  cluster: { label: "Cluster", icon: "server" },
  hold: { label: "Hold", icon: "hand" },
  stop: { label: "Stop", icon: "stop" },
  freeze: { label: "Freeze", icon: "calendar" },
  omitted: { label: "Left out", icon: "more" },
};

const tones: Record<TimelineEntry["tone"], Tone> = { plain: "idle", good: "good", warn: "warn", bad: "bad" };

/** What an entry is, as a badge. A kind of the next release is named as it is. */
export function statusOf({ kind, tone }: Pick<TimelineEntry, "kind" | "tone">): Status {
  const known = (kinds as Partial<typeof kinds>)[kind] ?? { label: kind, icon: "info" as const };
  return { ...known, tone: (tones as Partial<typeof tones>)[tone] ?? "idle" };
}
