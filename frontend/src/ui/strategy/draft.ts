/** Rings and a failure policy as a form holds them. Pure. */
import type { Strategy } from "@/api/contract";
import { labelsIn } from "@/lib/labels";
import { policyOf, ringsOf, type OwnStrategy, type Policy, type Ring } from "./words";

export type CheckInput = NonNullable<RingInput["checks"]>[number];
export type HookInput = NonNullable<Strategy["hooks"]>[number];
type RingInput = NonNullable<Strategy["rings"]>[number];

/** How a ring selects its clusters. */
export type RingBy = "size" | "percent" | "clusters" | "labels" | "remaining";
export type SoakUnit = "s" | "min" | "h";

export interface RingDraft {
  by: RingBy;
  /** Of `size` and `percent`. Text while it is typed. */
  amount: number | string;
  clusters: string[];
  /** As `region=eu`. */
  labels: string[];
  soak: number | string;
  unit: SoakUnit;
  /** Names of checks. */
  checks: string[];
  pauses: boolean;
}

export interface StrategyDraft {
  rings: RingDraft[];
  policy: Policy;
  quorum: { amount: number | string; percent: boolean };
}

const secondsIn: Record<SoakUnit, number> = { s: 1, min: 60, h: 3600 };

export const newRing = (by: RingBy): RingDraft => ({
  by,
  amount: by === "percent" ? 25 : 1,
  clusters: [],
  labels: [],
  soak: by === "remaining" ? 0 : 10,
  unit: "min",
  checks: [],
  pauses: false,
});

const amountOf = (size: number | string): { amount: number; percent: boolean } =>
  typeof size === "number" ? { amount: size, percent: false } : { amount: parseInt(size, 10), percent: true };

function ringDraftOf(ring: Ring): RingDraft {
  const { amount, percent } = amountOf(ring.size ?? 1);
  const unit =
    ring.soak_seconds % 3600 === 0 && ring.soak_seconds > 0 ? "h" : ring.soak_seconds % 60 === 0 ? "min" : "s";
  const by = ring.clusters ? "clusters" : ring.labels ? "labels" : ring.size === null ? "remaining" : null;
  return {
    by: by ?? (percent ? "percent" : "size"),
    amount,
    clusters: ring.clusters ?? [],
    labels: Object.entries(ring.labels ?? {}).map(([key, value]) => `${key}=${value}`),
    soak: ring.soak_seconds / secondsIn[unit],
    unit,
    checks: ring.checks.map(({ name }) => name),
    pauses: ring.pauses,
  };
}

export const draftOf = (strategy: OwnStrategy | null): StrategyDraft => ({
  rings: strategy ? ringsOf(strategy).map(ringDraftOf) : [],
  policy: strategy ? policyOf(strategy) : "roll-back",
  quorum: strategy?.quorum ? amountOf(strategy.quorum) : { amount: 80, percent: true },
});

const isWhole = (value: number | string, least: number, most: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;

/** What a ring lacks before it can be sent; null if nothing. The service judges the rest. */
export function ringLack({ by, amount, clusters, labels, soak }: RingDraft): string | null {
  if (by === "size" && !isWhole(amount, 1, 100_000)) return "Write how many clusters: 1 or more.";
  if (by === "percent" && !isWhole(amount, 1, 100)) return "Write a percentage from 1 to 100.";
  if (by === "clusters" && clusters.length === 0) return "Choose at least one cluster.";
  if (by === "labels" && (labels.length === 0 || labelsIn(labels.join(", ")) === null))
    return "Write labels as region=eu.";
  return typeof soak === "number" && soak >= 0 ? null : "Write how long it soaks; 0 for not at all.";
}

/** What the draft lacks; null if it can be sent. */
export function lackOf({ rings, policy, quorum }: StrategyDraft): string | null {
  for (const [index, ring] of rings.entries()) {
    const lack = ringLack(ring);
    if (lack !== null) return `Ring ${index + 1}: ${lack}`;
  }
  if (policy !== "quorum" || isWhole(quorum.amount, 1, quorum.percent ? 100 : 100_000)) return null;
  return "Write how many clusters have to be good.";
}

interface Parts {
  /** The checks that rings may name. */
  checks: readonly CheckInput[];
  hooks: readonly HookInput[];
}

/** The strategy of a draft that lacks nothing. */
export function strategyFrom({ rings, policy, quorum }: StrategyDraft, { checks, hooks }: Parts): Strategy {
  const judged = policy === "stay" || policy === "roll-back" ? null : policy;
  return {
    on_failure: policy === "stay" || policy === "roll-back" ? policy : null,
    waves: null,
    rings: rings.length > 0 ? rings.map((ring) => ringFrom(ring, checks)) : null,
    failure: judged,
    quorum: judged === "quorum" ? sizeFrom(quorum.amount, quorum.percent) : null,
    hooks: [...hooks],
    fallback: false,
  };
}

const sizeFrom = (amount: number | string, percent: boolean): number | string =>
  percent ? `${amount}%` : Number(amount);

function ringFrom(draft: RingDraft, checks: readonly CheckInput[]): RingInput {
  return {
    ...selectorFrom(draft),
    soak_seconds: Math.round(Number(draft.soak) * secondsIn[draft.unit]),
    checks: checks.filter(({ name }) => draft.checks.includes(name)),
    pauses: draft.pauses,
  };
}

function selectorFrom({ by, amount, clusters, labels }: RingDraft): Partial<RingInput> {
  switch (by) {
    case "size":
    case "percent":
      return { size: sizeFrom(amount, by === "percent") };
    case "clusters":
      return { clusters };
    case "labels":
      return { labels: { ...labelsIn(labels.join(", ")) } };
    case "remaining":
      return { remaining: true };
  }
}
