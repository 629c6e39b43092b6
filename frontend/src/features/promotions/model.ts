/** What the promotion's dialog says of a plan. Pure. */
import type { Image, PlanProblem, PromotionPlan, PromotionRequest } from "@/api/contract";
import { byContainer, extent, type ContainerPlan } from "@/lib/images-plan";
import { count } from "@/lib/words";

export interface Wanted {
  source: string;
  target: string;
  sourceCluster: string | null;
  rollBack: boolean;
  /** Clusters one after the other instead of all at once. */
  oneByOne: boolean;
}

/** Containers in their plan's order, those that change before those that do not. */
export function orderedContainers(plan: PromotionPlan): ContainerPlan<Image>[] {
  const containers = byContainer(plan.clusters);
  return [...containers.filter(({ unchanged }) => !unchanged), ...containers.filter(({ unchanged }) => unchanged)];
}

/** What the button does: `Promote 3 images to 2 clusters`. */
export function actionLabel(plan: PromotionPlan, chosen: (key: string) => boolean): string {
  const { images, clusters } = extent(plan.clusters, chosen);
  if (images === 0) return "Nothing to promote";
  return `Promote ${count(images, "image")} to ${count(clusters, "cluster")}`;
}

/** Every problem of the plan: its own, then cluster by cluster. */
export const allProblems = (plan: PromotionPlan): PlanProblem[] => [
  ...plan.problems,
  ...plan.clusters.flatMap(({ problems }) => problems),
];

/** Clusters of the source that run different images, of which one has to be named. */
export const skewedClusters = (plan: PromotionPlan): string[] => [
  ...new Set(plan.skew.flatMap(({ images }) => images.map(({ cluster }) => cluster))),
];

/** The request for what was chosen; leaving nothing out asks for everything, so that it is not listed. */
export function requestFor(
  wanted: Wanted,
  plan: PromotionPlan | undefined,
  leftOut: ReadonlySet<string>,
): PromotionRequest {
  const chosen = plan ? byContainer(plan.clusters).filter(({ key, unchanged }) => !unchanged && !leftOut.has(key)) : [];
  const partial = plan !== undefined && leftOut.size > 0;
  return {
    source_environment: wanted.source,
    target_environment: wanted.target,
    source_cluster: wanted.sourceCluster,
    containers: partial ? chosen.map(({ workload, container }) => ({ workload, container })) : null,
    strategy: {
      on_failure: wanted.rollBack ? "roll-back" : "stay",
      waves: wanted.oneByOne && plan ? plan.clusters.map(({ cluster }) => [cluster]) : null,
    },
    plan_digest: null,
  };
}

export interface WaitingImage {
  repository: string;
  tag: string;
  digest: string | null;
  containers: string[];
}

/** Of the images that wait in the target, those that the plan does not bring there itself. */
export function waitingBeside(plan: PromotionPlan, waiting: readonly WaitingImage[]): WaitingImage[] {
  const brought = plan.clusters.flatMap(({ changes }) => changes.map(({ after }) => after));
  const same = (one: WaitingImage, other: Image) =>
    one.repository === other.repository &&
    (one.digest && other.digest ? one.digest === other.digest : one.tag === other.tag);
  return waiting.filter((image) => !brought.some((each) => same(image, each)));
}
