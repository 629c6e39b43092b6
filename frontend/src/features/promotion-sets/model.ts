/** How the console presents a promotion set. Pure. */
import type {
  Operation,
  PromotionPlan,
  PromotionRequest,
  PromotionSet,
  PromotionSetCreate,
  PromotionSetPlan,
} from "@/api/contract";
import { extent } from "@/lib/images-plan";
import { count } from "@/lib/words";
import { copyState, type ImageCopy } from "@/ui/image-copies/image-copies";

/** As in "Promotion of 3 applications into Production". */
export function setTitle(set: PromotionSet): string {
  const what = set.group ?? count(set.members.length, "application");
  return set.kind === "rollback"
    ? `Rollback of ${what} in ${set.environment}`
    : `Promotion of ${what} into ${set.environment}`;
}

export const setEnded = ({ state }: Pick<PromotionSet, "state">): boolean => state !== "queued" && state !== "running";

type Gates = NonNullable<Operation["pause"]>["gates"];

const eachOnce = (gates: Gates): Gates =>
  gates.filter((gate, index) => gates.findIndex((each) => each.reason === gate.reason) === index);

/** Since when a set is paused, null where it is not, and by which gates: those of all its applications, each once. */
export function pausedBy(set: PromotionSet): { since: string | null; gates: Gates } {
  const pauses = set.members.flatMap(({ operation }) => operation.pause ?? []);
  return {
    since: pauses.map(({ at }) => at).toSorted()[0] ?? null,
    gates: eachOnce(pauses.flatMap((one) => one.gates)),
  };
}

/** Whether a person has requested that it is cancelled or goes back. */
export const isCancelling = (set: PromotionSet): boolean =>
  set.members.some(({ operation }) => operation.cancel_requested_at !== null);

/** The gates in the way of a plan: those of all its applications, each once. */
export const gatesBefore = (plan: PromotionSetPlan): Gates => eachOnce(plan.members.flatMap((each) => each.plan.gates));

/** The applications that did not succeed on every cluster. */
export const notSucceeded = (set: PromotionSet): string[] =>
  set.members
    .filter(({ operation }) =>
      operation.clusters.some(({ outcome }) => outcome !== "succeeded" && outcome !== "unchanged"),
    )
    .map(({ application }) => application);

/** Whether the set has changed anything that can go back. */
export const hasChanged = (set: PromotionSet): boolean =>
  set.members.some(({ operation }) => operation.clusters.some(({ outcome }) => outcome === "succeeded"));

/** As in "1 of 3 applications ended so far." */
export function howFar({ members }: PromotionSet): string {
  const ended = members.filter(({ operation }) => setEnded(operation)).length;
  return `${ended} of ${count(members.length, "application")} ended so far.`;
}

/** The images that an application of a set copies to another registry first, as far as that began. */
export const copiesOf = ({ copies, operation }: PromotionSet["members"][number]): ImageCopy[] =>
  copies.map(({ source, target, ended, bytes, bytes_done: done }) => ({
    source,
    target,
    state: copyState(ended, setEnded(operation)),
    bytes: bytes === null || done === null ? null : { done, all: bytes },
  }));

/**
 * The strategy by which a set is rolled back: all its applications are in one environment. Null for a promotion, and where
 * the environment has none.
 */
export const strategyOf = (plan: PromotionSetPlan | undefined): PromotionPlan["strategy"] =>
  plan?.members.map((each) => each.plan.strategy).find((each) => each !== null) ?? null;

/** How many images the set changes, and the text of the button that starts it. */
export function startLabel(plan: PromotionSetPlan): string {
  const images = plan.members.reduce((sum, each) => sum + extent(each.plan.clusters, () => true).images, 0);
  const verb = plan.kind === "rollback" ? "Roll back" : "Promote";
  return images === 0 ? verb : `${verb} ${count(plan.members.length, "application")}, ${count(images, "image")}`;
}

/** What a remedy may add to the request of one application. */
type Remedied = Pick<PromotionRequest, "source_cluster" | "leave_out" | "bring" | "restart">;

/** What the remedies that were chosen add to the request of the set; its source cluster is the same for all applications. */
export function remedied(applications: readonly string[], apply: (application: string) => Remedied) {
  const asked = applications.map((application) => [application, apply(application)] as const);
  const by = <Member extends "leave_out" | "bring">(member: Member) =>
    Object.fromEntries(asked.flatMap(([name, { [member]: given = [] }]) => (given.length > 0 ? [[name, given]] : [])));
  return {
    source_cluster: asked.map(([, { source_cluster }]) => source_cluster).find((cluster) => cluster) ?? null,
    leave_out: by("leave_out") as NonNullable<PromotionSetCreate["leave_out"]>,
    bring: by("bring") as NonNullable<PromotionSetCreate["bring"]>,
    restart: asked.filter(([, { restart }]) => restart).map(([name]) => name),
  };
}

export function blockedBecause(plan: PromotionSetPlan | undefined): string | null {
  if (!plan) return "Stagecoach is making the plan.";
  if (plan.blocked) {
    const names = plan.members.filter(({ blocked }) => blocked).map(({ application }) => application);
    return `Solve the problems of ${names.join(", ")} first, or leave them out.`;
  }
  if (plan.nothing_to_do) return "Nothing would change.";
  return null;
}
