/** The pipeline of an application: its environments in order, and the images to promote from each to the next. Pure. */
import type {
  ApplicationOverview,
  ContainerOverview,
  CustomResource,
  EnvironmentOverview,
  Health,
  Image,
  WorkloadOverview,
} from "@/api/contract";
import type { Direction } from "@/lib/images-plan";
import { isSameImage, type ReplacedImage } from "@/lib/put-back";
import { count } from "@/lib/words";
import { byWorkloadKind } from "@/lib/workload-order";

/** An image that a container runs, with the clusters that run it. */
export interface RunningImage {
  image: Image;
  clusters: string[];
}

export function runningImages(container: ContainerOverview): RunningImage[] {
  const groups = new Map<string, RunningImage>();
  for (const { cluster, image } of container.images) {
    const known = groups.get(image.reference);
    if (known) known.clusters.push(cluster);
    else groups.set(image.reference, { image, clusters: [cluster] });
  }
  return [...groups.values()].sort((one, other) => other.clusters.length - one.clusters.length);
}

export interface HealthGroup {
  health: Health;
  reason: string | null;
  message: string | null;
  ready: number;
  desired: number;
  clusters: string[];
}

// The order in which groups are listed: the most urgent health comes first, as the service judges a whole environment.
export const urgency: Record<Health, number> = {
  failed: 0,
  missing: 1,
  unknown: 2,
  waiting: 3,
  progressing: 4,
  pending: 5,
  terminating: 6,
  ready: 7,
  // Suspended on purpose: any other health matters more.
  suspended: 8,
};

/** A workload's health, with clusters of the same health and reason in one group, the worst first. */
export function healthGroups(workload: WorkloadOverview): HealthGroup[] {
  const groups = new Map<string, HealthGroup>();
  for (const { cluster, health, reason, message, ready, desired } of workload.health) {
    const key = `${health} ${reason ?? ""}`;
    const group = groups.get(key) ?? { health, reason, message, ready: 0, desired: 0, clusters: [] };
    groups.set(key, group);
    group.ready += ready ?? 0;
    group.desired += desired ?? 0;
    group.clusters.push(cluster);
  }
  return [...groups.values()].sort((one, other) => urgency[one.health] - urgency[other.health]);
}

export interface PromotableImage {
  workload: string;
  container: string;
  from: Image | null;
  to: Image;
  direction: Direction;
}

/** The state between an environment and the next one in the pipeline. */
export type PromotionEdge =
  | { state: "source-unconfigured" }
  | { state: "target-unconfigured" }
  | { state: "auto" }
  | { state: "in-sync" }
  | { state: "ahead"; images: PromotableImage[] };

export function edgeBetween(source: EnvironmentOverview, target: EnvironmentOverview): PromotionEdge {
  if (!source.configured) return { state: "source-unconfigured" };
  if (!target.configured) return { state: "target-unconfigured" };
  if (target.deploy_mode === "auto") return { state: "auto" };
  const images = target.workloads.flatMap(({ resource, containers }) =>
    containers.flatMap((container) =>
      container.offered
        ? [
            {
              workload: resource.name,
              container: container.name,
              from: container.images[0]?.image ?? null,
              to: container.offered.image,
              direction: container.offered.direction,
            },
          ]
        : [],
    ),
  );
  return images.length === 0 ? { state: "in-sync" } : { state: "ahead", images };
}

/** `2 newer images` if all are newer; `2 images differ` if one is not, or tags do not tell. */
export function aheadLabel(images: readonly PromotableImage[]): string {
  if (images.every(({ direction }) => direction === "upgrade")) return count(images.length, "newer image");
  return count(images.length, "image differs", "images differ");
}

export interface OfferedPush {
  image: NonNullable<ContainerOverview["pushed"]>;
  containers: string[];
}

/** The pushed images that are offered in an environment, each once with its containers, newest first. */
export function offeredPushes(environment: EnvironmentOverview): OfferedPush[] {
  const offered = new Map<number, OfferedPush>();
  for (const { name, pushed } of environment.workloads.flatMap(({ containers }) => containers)) {
    if (!pushed) continue;
    const known = offered.get(pushed.push);
    if (known) known.containers.push(name);
    else offered.set(pushed.push, { image: pushed, containers: [name] });
  }
  return [...offered.values()].sort((one, other) => other.image.push - one.image.push);
}

/**
 * Whether the card of an environment offers the one step back: from a change of images that brought something, and from any
 * that failed. What a rollback restored is not taken back again from there.
 */
export function offersStepBack({ configured, active_operation: active, last_operation: last }: EnvironmentOverview) {
  if (!configured || active !== null || last === null) return false;
  if (last.kind === "rollback") return last.state !== "succeeded";
  return last.kind === "promotion" || last.kind === "deploy";
}

/** Whether an image that an operation brought to a container on a cluster still runs there, or is written there. */
export const isStillRun = (
  environment: EnvironmentOverview,
  { workload, container, cluster, after }: ReplacedImage,
): boolean =>
  environment.workloads
    .filter(({ resource }) => resource.kind === workload.kind && resource.name === workload.name)
    .flatMap(({ containers }) => containers.filter(({ name }) => name === container))
    .flatMap(({ images }) => images.filter((each) => each.cluster === cluster))
    .some(({ image, written }) => isSameImage(written ?? image, after));

/** The containers of an environment, with the repositories that they run. */
export const runningRepositories = (environment: EnvironmentOverview): { container: string; repository: string }[] =>
  environment.workloads.flatMap(({ containers }) =>
    containers.flatMap(({ name, images }) =>
      images[0] ? [{ container: name, repository: images[0].image.repository }] : [],
    ),
  );

/** The environment to select: the requested one, otherwise the first configured one, otherwise the first. */
export function selectedEnvironment(
  overview: ApplicationOverview,
  requested: string | undefined,
): EnvironmentOverview | undefined {
  const { environments } = overview;
  return (
    environments.find(({ environment }) => environment.toLowerCase() === requested?.toLowerCase()) ??
    environments.find(({ configured }) => configured) ??
    environments[0]
  );
}

/** The environments that an environment is promoted to: the configured ones after it, the next one first. */
export const promotionTargets = (overview: ApplicationOverview, source: EnvironmentOverview): EnvironmentOverview[] =>
  source.promotes_to.flatMap((name) => overview.environments.filter(({ environment }) => environment === name));

/** The environment that the promote button proposes: the next one that takes promotions. Never an earlier one. */
export const proposedTarget = (
  overview: ApplicationOverview,
  source: EnvironmentOverview,
): EnvironmentOverview | undefined =>
  promotionTargets(overview, source).find(({ deploy_mode: mode }) => mode !== "auto");

/** Why the environment cannot be promoted now; null if it can. */
export function promotionBlocked(overview: ApplicationOverview, source: EnvironmentOverview): string | null {
  if (!source.configured) return `${source.environment} is not configured.`;
  if (proposedTarget(overview, source)) return null;
  if (promotionTargets(overview, source).length > 0)
    return `All environments after ${source.environment} deploy automatically.`;
  return overview.environments.some(({ rank }) => rank > source.rank)
    ? `No environment after ${source.environment} is configured yet.`
    : `${source.environment} is the last environment.`;
}

export interface ClusterRow {
  key: string;
  workload: WorkloadOverview["resource"];
  cluster: string;
  health: WorkloadOverview["health"][number];
  images: {
    container: string;
    init: boolean;
    image: Image;
    /** The template's image, where the pods keep a former one. */
    written: Image | null;
    /** Who wrote the template's image, where it was not Stagecoach. */
    writtenBy: string | null;
  }[];
}

/** A table row for each workload on each cluster. */
export function clusterRows(environment: EnvironmentOverview): ClusterRow[] {
  return environment.workloads.flatMap(({ resource, containers, health }) =>
    health.map((each) => ({
      key: `${resource.kind}/${resource.name}@${each.cluster}`,
      workload: resource,
      cluster: each.cluster,
      health: each,
      images: containers.flatMap(({ name, init, images }) => {
        const found = images.find(({ cluster }) => cluster === each.cluster);
        if (!found) return [];
        const { image, written, written_by: writtenBy } = found;
        return [{ container: name, init, image, written, writtenBy }];
      }),
    })),
  );
}

export interface PromotionTarget {
  environment: string;
  /** It deploys automatically and takes no promotions. */
  auto: boolean;
  /** It comes before the source: possible, but against the direction of the pipeline. */
  earlier: boolean;
}

/** All environments that may be chosen as the target of a promotion: those after the source, then those before it. */
export function promotionTargetsFrom(overview: ApplicationOverview, source: string): PromotionTarget[] {
  const from = overview.environments.find(({ environment }) => environment === source);
  if (!from) return [];
  const before = overview.environments.filter(({ configured, rank }) => configured && rank < from.rank);
  return [...promotionTargets(overview, from), ...before].map(({ environment, deploy_mode: mode, rank }) => ({
    environment,
    auto: mode === "auto",
    earlier: rank < from.rank,
  }));
}

/** The overview with the workloads of each environment sorted by kind. */
export const ordered = (overview: ApplicationOverview): ApplicationOverview => ({
  ...overview,
  environments: overview.environments.map((environment) => ({
    ...environment,
    workloads: environment.workloads.toSorted((one, other) => byWorkloadKind(one.resource.kind, other.resource.kind)),
    // A former release, which runs beside this one while it is replaced, does not tell of them.
    custom_resources: (environment.custom_resources as CustomResource[] | undefined) ?? [],
  })),
});
