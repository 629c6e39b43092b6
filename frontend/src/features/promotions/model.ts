/** How the promote dialog presents a plan, and the request that it makes. Pure. */
import type { Image, ImageConsent, PromotionPlan, PromotionRequest, Resource } from "@/api/contract";
import { byContainer, extent } from "@/lib/images-plan";
import { count } from "@/lib/words";

export interface PromotionOptions {
  source: string;
  target: string;
  sourceCluster: string | null;
  /** The consents that are given. */
  allow: ImageConsent[];
}

/** The person's choices by container, of those that were ticked or unticked. */
export type Choices = ReadonlyMap<string, boolean>;

const OF_SOURCE_HEALTH: readonly string[] = ["source-failing", "source-rolling-out"];

const workloadKey = ({ api_version, kind, name }: Resource): string => `${api_version}/${kind}/${name}`;

/** What is not healthy at the source, and why: it blocks a plan that does not name its containers. */
export const unhealthyAtSource = (plan: PromotionPlan): { resource: Resource; detail: string }[] =>
  plan.problems.flatMap(({ code, severity, resource, detail }) =>
    resource && severity === "blocks" && OF_SOURCE_HEALTH.includes(code) ? [{ resource, detail }] : [],
  );

/** Whether a container of the workload is not to be promoted. */
export const isDeselected = (plan: PromotionPlan, workload: Resource, deselected: ReadonlySet<string>): boolean =>
  byContainer(plan.clusters).some(
    (each) => deselected.has(each.key) && workloadKey(each.workload) === workloadKey(workload),
  );

/** The containers that are not to be promoted: those that were unticked; downgrades, and what is not healthy, until ticked. */
export function deselectedIn(plan: PromotionPlan | undefined, choices: Choices): ReadonlySet<string> {
  if (!plan) return new Set();
  const unhealthy = new Set(unhealthyAtSource(plan).map(({ resource }) => workloadKey(resource)));
  const unasked = byContainer(plan.clusters).filter(
    ({ key, same, downgrade, workload }) =>
      !same && !(choices.get(key) ?? !(downgrade || unhealthy.has(workloadKey(workload)))),
  );
  return new Set(unasked.map(({ key }) => key));
}

/** Whether the request has to list the containers: some are deselected, or some are promoted only if they are named. */
export const isPartial = (plan: PromotionPlan | undefined, deselected: ReadonlySet<string>): boolean =>
  plan !== undefined && (deselected.size > 0 || unhealthyAtSource(plan).length > 0);

/** The start button's text: `Promote 3 images to 2 clusters`. */
export function actionLabel(plan: PromotionPlan, chosen: (key: string) => boolean): string {
  const { images, clusters } = extent(plan.clusters, chosen);
  if (images === 0) return plan.nothing_to_do ? "Nothing to promote" : "Promote";
  return `Promote ${count(images, "image")} to ${count(clusters, "cluster")}`;
}

/** The source's clusters that run different images: the request has to name one of them. */
export const skewedClusters = (plan: PromotionPlan): string[] => [
  ...new Set(plan.skew.flatMap(({ images }) => images.map(({ cluster }) => cluster))),
];

/** The request for the selected containers, without a strategy. It lists them only if it has to: without a list all are promoted. */
export function requestFor(
  options: PromotionOptions,
  plan: PromotionPlan | undefined,
  deselected: ReadonlySet<string>,
): PromotionRequest {
  const chosen = plan ? byContainer(plan.clusters).filter(({ key, same }) => !same && !deselected.has(key)) : [];
  const partial = isPartial(plan, deselected);
  return {
    source_environment: options.source,
    target_environment: options.target,
    source_cluster: options.sourceCluster,
    containers: partial ? chosen.map(({ workload, container }) => ({ workload, container })) : null,
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
