/** The rings of an operation as its page draws them. Pure. */
import type { Operation } from "@/api/contract";
import type { Status } from "@/ui/status-badge";
import { provesWords } from "@/ui/strategy/words";

type Rings = NonNullable<Operation["rings"]>;

export interface RingView {
  number: number;
  clusters: string[];
  status: Status;
  /** When its soak ends, while it soaks. */
  soaksUntil: string | null;
  /** What has to hold before the next ring begins. */
  proves: string;
}

/** Each ring with its clusters and how far it has come. `ended`: the operation is over. */
export const ringViews = (rings: Rings, clusters: Operation["clusters"], ended: boolean): RingView[] =>
  rings.rings.map((ring, wave) => {
    const own = clusters.filter((each) => each.wave === wave);
    const soaking = !ended && ring.soak_began_at !== null && ring.soaked_at === null;
    const status = statusOf(ring, own, ended);
    return {
      number: wave + 1,
      clusters: own.map(({ cluster }) => cluster),
      status,
      soaksUntil: soaking && status.tone !== "bad" ? ring.soak_ends_at : null,
      proves: provesWords(ring),
    };
  });

function statusOf(ring: Rings["rings"][number], clusters: Operation["clusters"], ended: boolean): Status {
  const outcomes = clusters.map(({ outcome }) => outcome);
  if (outcomes.some((outcome) => outcome === "failed" || outcome === "rolled-back"))
    return { tone: "bad", label: outcomes.includes("rolled-back") ? "Undone" : "Failed", icon: "cross" };
  if (clusters.some(({ phase }) => phase === "undoing")) return { tone: "bad", label: "Being undone", icon: "spin" };
  if (clusters.every(({ phase }) => phase === "waiting")) return { tone: "idle", label: "Waiting", icon: "clock" };
  if (outcomes.includes("skipped")) return { tone: "idle", label: "Skipped", icon: "dot" };
  if (outcomes.some((outcome) => outcome === null)) return { tone: "busy", label: "Changing", icon: "spin" };
  if (outcomes.every((outcome) => outcome === "unreachable"))
    return { tone: "bad", label: "Unreachable", icon: "cross" };
  if (ended || ring.proven_at !== null || (ring.soak_seconds === 0 && ring.checks.length === 0))
    return { tone: "good", label: "Good", icon: "check" };
  if (ring.soaked_at === null && ring.soak_seconds > 0) return { tone: "busy", label: "Soaking", icon: "spin" };
  return { tone: "busy", label: "Being checked", icon: "spin" };
}
