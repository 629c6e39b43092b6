/** Strategies in words. Pure. */
import type { Environment, Strategy } from "@/api/contract";
import { count } from "@/lib/words";

/** A strategy as it is stored: an environment's, or that of a request. */
export type OwnStrategy = NonNullable<Environment["strategy"]>;
export type Ring = NonNullable<OwnStrategy["rings"]>[number];
export type Policy = NonNullable<Strategy["failure"]> | "stay" | "roll-back";

export const policyLabels: Record<Policy, string> = {
  "roll-back": "Undo on clusters that failed; begin no further ring",
  stop: "Undo the ring; leave earlier rings; begin no further one",
  "all-or-nothing": "Undo on every cluster",
  quorum: "Undo on clusters that failed; on all if too few are good",
  "best-effort": "Undo on clusters that failed; go on",
  stay: "Leave what failed as it is; begin no further ring",
};

export const policyOf = ({ failure, on_failure: onFailure }: OwnStrategy): Policy => failure ?? onFailure;

const named = (clusters: string[]): Ring => ({
  clusters,
  labels: null,
  size: null,
  remaining: false,
  soak_seconds: 0,
  checks: [],
  pauses: false,
});

/** Its rings; waves are rings by names. None: all clusters at once. */
export const ringsOf = ({ rings, waves }: OwnStrategy): Ring[] => rings ?? waves?.map(named) ?? [];

/** `10 min`, `2 h`, `90 s`: in the largest unit that is whole. */
export function soakWords(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** `1 cluster`, `25%`, `region=eu`, `prod-eu, prod-us`, `the rest`. */
export function selectorWords({ clusters, labels, size }: Ring): string {
  if (clusters) return clusters.join(", ");
  if (labels)
    return Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(" ");
  if (size === null) return "the rest";
  return typeof size === "number" ? count(size, "cluster") : size;
}

/** What has to hold before the next ring begins: `soaks 10 min, checks smoke, then a person continues`; empty for nothing. */
export function provesWords({ soak_seconds: soak, checks, pauses }: Proof): string {
  const parts = [
    soak > 0 ? `soaks ${soakWords(soak)}` : "",
    checks.length > 0 ? `checks ${checks.join(", ")}` : "",
    pauses ? "then a person continues" : "",
  ];
  return parts.filter(Boolean).join(", ");
}

interface Proof {
  soak_seconds: number;
  /** By name. */
  checks: readonly string[];
  pauses: boolean;
}

export const proofOf = ({ soak_seconds, checks, pauses }: Ring): Proof => ({
  soak_seconds,
  checks: checks.map(({ name }) => name),
  pauses,
});

/** `1 cluster (soaks 10 min) → the rest. On failure: undo the ring…`: a strategy in one sentence. */
export function strategySummary(strategy: OwnStrategy): string {
  const rings = ringsOf(strategy).map((ring) => {
    const proves = provesWords(proofOf(ring));
    return proves ? `${selectorWords(ring)} (${proves})` : selectorWords(ring);
  });
  return `${rings.length > 0 ? rings.join(" → ") : "All clusters at once"}. On failure: ${failureWords(strategy)}.`;
}

/** `undo on every cluster`; with the quorum, where it is one. */
export function failureWords(strategy: OwnStrategy): string {
  const words = policyLabels[policyOf(strategy)];
  const quorum = strategy.quorum === null ? "" : ` (${strategy.quorum} have to be good)`;
  return `${words.charAt(0).toLowerCase()}${words.slice(1)}${quorum}`;
}
