/** How the promote dialog presents a plan, and the request that it makes. Pure. */
import type { Image, PlanProblem, PromotionPlan, PromotionRequest } from "@/api/contract";
import { byContainer, extent, type ContainerPlan } from "@/lib/images-plan";
import { count } from "@/lib/words";

export interface PromotionOptions {
  source: string;
  target: string;
  sourceCluster: string | null;
  /** Restore the previous images on a cluster whose rollout fails. */
  undoOnFailure: boolean;
  /** One cluster after the other instead of all at once. */
  oneByOne: boolean;
  /** The consents that are given. */
  allow: Consent[];
}

/** A consent that lifts a problem of a plan of images. */
export type Consent = NonNullable<PromotionRequest["allow"]>[number];

/** What the person accepts with the consent, for its checkbox. */
export const consentLabels: Record<Consent, string> = {
  "owned-until-next-upgrade":
    "Write workloads of Helm, Argo CD or Flux as well: their next upgrade or sync brings its own images back",
};

/** The consents that would lift problems of the plan, and those that are given already. */
export const consentsOf = (plan: PromotionPlan, given: readonly Consent[]): Consent[] =>
  (Object.keys(consentLabels) as Consent[]).filter(
    (consent) => given.includes(consent) || allProblems(plan).some((problem) => problem.consent === consent),
  );

/** The plan's containers in their order, changed ones before unchanged ones. */
export function orderedContainers(plan: PromotionPlan): ContainerPlan<Image>[] {
  const containers = byContainer(plan.clusters);
  return [...containers.filter(({ unchanged }) => !unchanged), ...containers.filter(({ unchanged }) => unchanged)];
}

/** The start button's text: `Promote 3 images to 2 clusters`. */
export function actionLabel(plan: PromotionPlan, chosen: (key: string) => boolean): string {
  const { images, clusters } = extent(plan.clusters, chosen);
  if (images === 0) return "Nothing to promote";
  return `Promote ${count(images, "image")} to ${count(clusters, "cluster")}`;
}

/** The problems of the plan, then those of each cluster. */
export const allProblems = (plan: PromotionPlan): PlanProblem[] => [
  ...plan.problems,
  ...plan.clusters.flatMap(({ problems }) => problems),
];

/** The source's clusters that run different images: the request has to name one of them. */
export const skewedClusters = (plan: PromotionPlan): string[] => [
  ...new Set(plan.skew.flatMap(({ images }) => images.map(({ cluster }) => cluster))),
];

/** The request for the selected containers. It lists them only if some are deselected: without a list all are promoted. */
export function requestFor(
  options: PromotionOptions,
  plan: PromotionPlan | undefined,
  deselected: ReadonlySet<string>,
): PromotionRequest {
  const chosen = plan
    ? byContainer(plan.clusters).filter(({ key, unchanged }) => !unchanged && !deselected.has(key))
    : [];
  const partial = plan !== undefined && deselected.size > 0;
  return {
    source_environment: options.source,
    target_environment: options.target,
    source_cluster: options.sourceCluster,
    containers: partial ? chosen.map(({ workload, container }) => ({ workload, container })) : null,
    strategy: {
      on_failure: options.undoOnFailure ? "roll-back" : "stay",
      waves: options.oneByOne && plan ? plan.clusters.map(({ cluster }) => [cluster]) : null,
    },
    plan_digest: null,
    allow: options.allow,
  };
}

/** A pushed image that is offered in the target, with the containers that run its repository. */
export interface OfferedImage {
  repository: string;
  tag: string;
  digest: string | null;
  containers: string[];
}

/** The images offered in the target that the plan does not promote itself. */
export function notPromoted(plan: PromotionPlan, offered: readonly OfferedImage[]): OfferedImage[] {
  const promoted = plan.clusters.flatMap(({ changes }) => changes.map(({ after }) => after));
  const same = (one: OfferedImage, other: Image) =>
    one.repository === other.repository &&
    (one.digest && other.digest ? one.digest === other.digest : one.tag === other.tag);
  return offered.filter((image) => !promoted.some((each) => same(image, each)));
}
