/** The pipeline of an application: its environments in order, and the images to promote from each to the next. Pure. */
import type {
  ApplicationOverview,
  ContainerOverview,
  EnvironmentOverview,
  Health,
  Image,
  WorkloadOverview,
} from "@/api/contract";
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

// The most urgent health comes first.
const urgency: Record<Health, number> = {
  failed: 0,
  missing: 1,
  unknown: 2,
  terminating: 3,
  progressing: 4,
  pending: 5,
  ready: 6,
  // Suspended on purpose: any other health matters more.
  suspended: 7,
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

/** The worst health of anything on one cluster. */
export function clusterHealth(environment: EnvironmentOverview, cluster: string): Health {
  const here = environment.workloads.flatMap(({ health }) => health.filter((each) => each.cluster === cluster));
  if (here.length === 0) return "unknown";
  return here.map(({ health }) => health).reduce((worst, each) => (urgency[each] < urgency[worst] ? each : worst));
}

export interface PromotableImage {
  workload: string;
  container: string;
  from: Image | null;
  to: Image;
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
            },
          ]
        : [],
    ),
  );
  return images.length === 0 ? { state: "in-sync" } : { state: "ahead", images };
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

/** The environments that an environment can be promoted to, the next one in the pipeline first. */
export function promotionTargets(overview: ApplicationOverview, source: EnvironmentOverview): EnvironmentOverview[] {
  const after = overview.environments.filter(({ rank }) => rank > source.rank);
  const before = overview.environments.filter(({ rank }) => rank < source.rank);
  return [...after, ...before].filter(({ configured }) => configured);
}

/** Why the environment cannot be promoted now; null if it can. */
export function promotionBlocked(overview: ApplicationOverview, source: EnvironmentOverview): string | null {
  if (!source.configured) return `${source.environment} is not configured.`;
  const targets = promotionTargets(overview, source);
  if (targets.length === 0) return "No other environment is configured yet.";
  if (targets.every(({ deploy_mode: mode }) => mode === "auto")) return "All other environments deploy automatically.";
  return null;
}

export interface ClusterRow {
  key: string;
  workload: WorkloadOverview["resource"];
  cluster: string;
  health: WorkloadOverview["health"][number];
  images: { container: string; init: boolean; image: Image }[];
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
        return found ? [{ container: name, init, image: found.image }] : [];
      }),
    })),
  );
}

/** The promotion targets of an environment, and whether each deploys automatically. */
export function promotionTargetsFrom(
  overview: ApplicationOverview,
  source: string,
): { environment: string; auto: boolean }[] {
  const from = overview.environments.find(({ environment }) => environment === source);
  if (!from) return [];
  return promotionTargets(overview, from).map(({ environment, deploy_mode: mode }) => ({
    environment,
    auto: mode === "auto",
  }));
}

/** The overview with the workloads of each environment sorted by kind. */
export const ordered = (overview: ApplicationOverview): ApplicationOverview => ({
  ...overview,
  environments: overview.environments.map((environment) => ({
    ...environment,
    workloads: environment.workloads.toSorted((one, other) => byWorkloadKind(one.resource.kind, other.resource.kind)),
  })),
});
