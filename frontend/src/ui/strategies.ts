/** Strategies as people write them: one line a ring. Pure. */
import type { Environment, Strategy } from "@/api/contract";

export type OwnStrategy = NonNullable<Environment["strategy"]>;
type Ring = NonNullable<OwnStrategy["rings"]>[number];
type RingInput = NonNullable<Strategy["rings"]>[number];

export type Policy = NonNullable<Strategy["failure"]> | "stay" | "roll-back";

export const policyLabels: Record<Policy, string> = {
  stay: "Leave what failed as it is; begin no further ring",
  "roll-back": "Undo on clusters that failed; begin no further ring",
  stop: "Undo the ring; leave earlier rings; begin no further one",
  "all-or-nothing": "Undo on every cluster",
  quorum: "Undo on clusters that failed; on all if too few are good",
  "best-effort": "Undo on clusters that failed; go on",
};

/** What the form holds. */
export interface StrategyText {
  rings: string;
  policy: Policy;
  quorum: string;
}

export const asText = (strategy: OwnStrategy | null): StrategyText => ({
  rings: (strategy?.rings ?? strategy?.waves?.map(named) ?? []).map(ringText).join("\n"),
  policy: strategy?.failure ?? strategy?.on_failure ?? "roll-back",
  quorum: String(strategy?.quorum ?? ""),
});

const named = (clusters: string[]): Ring => ({
  clusters,
  labels: null,
  size: null,
  remaining: false,
  soak_seconds: 0,
  checks: [],
  pauses: false,
});

/** `25%, soak 10m, check smoke, wait` */
export function ringText(ring: Ring): string {
  const parts = [selectorText(ring)];
  if (ring.soak_seconds > 0) parts.push(`soak ${durationText(ring.soak_seconds)}`);
  parts.push(...ring.checks.map(({ name }) => `check ${name}`));
  if (ring.pauses) parts.push("wait");
  return parts.join(", ");
}

function selectorText({ clusters, labels, size }: Ring): string {
  if (clusters) return clusters.join(" ");
  if (labels)
    return Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(" ");
  return size === null ? "rest" : String(size);
}

function durationText(seconds: number): string {
  const [unit, size] = (
    [
      ["h", 3600],
      ["m", 60],
    ] as const
  ).find(([, each]) => seconds % each === 0) ?? ["s", 1];
  return `${seconds / size}${unit}`;
}

/** What the form says, or the first thing in it that cannot be read. Checks are those of `former`, by name. */
export function strategyOf(text: StrategyText, former: OwnStrategy | null): Strategy | { fault: string } {
  const lines = text.rings
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const rings: RingInput[] = [];
  for (const line of lines) {
    const ring = ringOf(line, former);
    if ("fault" in ring) return ring;
    rings.push(ring);
  }
  const judged = text.policy !== "stay" && text.policy !== "roll-back" ? text.policy : null;
  const quorum = judged === "quorum" ? amountOf(text.quorum.trim()) : null;
  if (judged === "quorum" && quorum === null)
    return { fault: "Write how many clusters have to be good: a number, or a percentage as 80%." };
  return {
    on_failure: judged ? null : (text.policy as "stay" | "roll-back"),
    waves: null,
    rings: rings.length > 0 ? rings : null,
    failure: judged,
    quorum,
    hooks: former?.hooks ?? [],
    fallback: false,
  };
}

function ringOf(line: string, former: OwnStrategy | null): RingInput | { fault: string } {
  const [selector = "", ...rest] = line.split(",").map((part) => part.trim());
  const ring: RingInput = { ...selectorOf(selector), soak_seconds: 0, checks: [], pauses: false };
  for (const part of rest) {
    const [word, value = "", ...more] = part.split(/\s+/);
    const seconds = word === "soak" ? secondsOf(value) : null;
    const check = word === "check" ? checkOf(value, former) : undefined;
    if (more.length === 0 && seconds !== null) ring.soak_seconds = seconds;
    else if (more.length === 0 && check) ring.checks = [...(ring.checks ?? []), check];
    else if (part === "wait") ring.pauses = true;
    else if (word === "check")
      return { fault: `The strategy has no check named '${value}'. Checks are added by the API.` };
    else return { fault: `'${part}' is none of 'soak 10m', 'check NAME' and 'wait'.` };
  }
  return ring;
}

function selectorOf(text: string): Partial<RingInput> {
  if (text === "rest") return { remaining: true };
  const size = amountOf(text);
  if (size !== null) return { size };
  const words = text.split(/\s+/);
  if (words.every((word) => word.includes("=")))
    return {
      labels: Object.fromEntries(
        words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
      ),
    };
  return { clusters: words };
}

function amountOf(text: string): number | string | null {
  if (/^\d{1,3}%$/.test(text)) return text;
  return /^\d{1,4}$/.test(text) ? Number(text) : null;
}

function secondsOf(text: string): number | null {
  const found = /^(\d{1,6})(s|m|h)$/.exec(text);
  return found ? Number(found[1]) * { s: 1, m: 60, h: 3600 }[found[2] as "s" | "m" | "h"] : null;
}

const checkOf = (name: string, former: OwnStrategy | null) =>
  (former?.rings ?? []).flatMap(({ checks }) => checks).find((check) => check.name === name);

/** `3 rings, soak 10m; undo the ring…`: a strategy in one sentence. */
export function strategySummary(strategy: OwnStrategy): string {
  const rings = asText(strategy).rings.split("\n").filter(Boolean);
  const order = rings.length > 0 ? rings.join(" → ") : "all clusters at once";
  const { policy, quorum } = asText(strategy);
  return `${order}. On failure: ${policyLabels[policy].toLowerCase()}${quorum ? ` (${quorum})` : ""}.`;
}
