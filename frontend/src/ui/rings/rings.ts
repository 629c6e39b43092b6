/** The rings of an operation as its page draws them. Pure. */
import type { Operation, OperationCluster } from "@/api/contract";
import type { Status } from "@/ui/status-badge";
import { laneStatus } from "@/ui/statuses";
import { soakWords } from "@/ui/strategy/words";

type Rings = NonNullable<Operation["rings"]>;
type Ring = Rings["rings"][number];

export interface RingView {
  number: number;
  clusters: { name: string; status: Status }[];
  status: Status;
  /** What has to hold before the next ring begins, in its order. */
  steps: RingStep[];
  /** The soak that runs down now. */
  soak: { ends: string; seconds: number } | null;
}

export interface RingStep {
  /** `Soak of 10 min`, `Check smoke`, `A person continues`. */
  what: string;
  state: "open" | "now" | "done";
}

/** Each ring with its clusters and how far it has come. `ended`: the operation is over. */
export const ringViews = (rings: Rings, clusters: readonly OperationCluster[], ended: boolean): RingView[] =>
  rings.rings.map((ring, wave) => {
    const own = clusters.filter((each) => each.wave === wave);
    const status = statusOf(ring, own, ended);
    const soaks = status === soaking && ring.soak_ends_at !== null;
    return {
      number: wave + 1,
      clusters: own.map((each) => ({ name: each.cluster, status: laneStatus(each) })),
      status,
      steps: stepsOf(ring, status, ended),
      soak: soaks ? { ends: ring.soak_ends_at!, seconds: ring.soak_seconds } : null,
    };
  });

const soaking: Status = { tone: "busy", label: "Soaking", icon: "spin" };
const checking: Status = { tone: "busy", label: "Being checked", icon: "spin" };
const good: Status = { tone: "good", label: "Good", icon: "check" };

function statusOf(ring: Ring, clusters: readonly OperationCluster[], ended: boolean): Status {
  const outcomes = clusters.map(({ outcome }) => outcome);
  if (outcomes.some((outcome) => outcome === "failed" || outcome === "rolled-back"))
    return { tone: "bad", label: outcomes.includes("rolled-back") ? "Undone" : "Failed", icon: "cross" };
  if (clusters.some(({ phase }) => phase === "undoing")) return { tone: "bad", label: "Being undone", icon: "spin" };
  if (clusters.every(({ phase }) => phase === "waiting")) return { tone: "idle", label: "Waiting", icon: "clock" };
  if (outcomes.includes("skipped")) return { tone: "idle", label: "Skipped", icon: "dot" };
  if (outcomes.some((outcome) => outcome === null)) return { tone: "busy", label: "Changing", icon: "spin" };
  if (outcomes.every((outcome) => outcome === "unreachable"))
    return { tone: "bad", label: "Unreachable", icon: "cross" };
  if (ended || ring.proven_at !== null || (ring.soak_seconds === 0 && ring.checks.length === 0)) return good;
  return ring.soaked_at === null && ring.soak_seconds > 0 ? soaking : checking;
}

function stepsOf(ring: Ring, status: Status, ended: boolean): RingStep[] {
  const steps: RingStep[] = [];
  if (ring.soak_seconds > 0)
    steps.push({ what: `Soak of ${soakWords(ring.soak_seconds)}`, state: stateOf(ring.soaked_at, status === soaking) });
  for (const check of ring.checks)
    steps.push({ what: `Check ${check}`, state: stateOf(ring.proven_at, status === checking) });
  if (ring.continued_by !== null) steps.push({ what: `Continued by ${ring.continued_by}`, state: "done" });
  // Nobody was needed after the last ring that took place.
  else if (ring.pauses && !ended) steps.push({ what: "A person continues", state: stateOf(null, status === good) });
  return steps;
}

const stateOf = (done: string | null, now: boolean): RingStep["state"] =>
  done !== null ? "done" : now ? "now" : "open";

/** How much of a soak is left, from 1 to 0; both times in milliseconds. */
export const leftOf = ({ ends, seconds }: NonNullable<RingView["soak"]>, now: number): number =>
  Math.min(1, Math.max(0, (new Date(ends).getTime() - now) / (seconds * 1000)));
