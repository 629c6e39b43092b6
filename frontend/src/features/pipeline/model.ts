/** The picture of an application: environments in order, clusters inside, and what would travel from one to the next. Pure. */
import type {
  ApplicationOverview,
  ContainerOverview,
  EnvironmentOverview,
  Health,
  Image,
  WorkloadOverview,
} from "@/api/contract";
import { count } from "@/lib/words";
import { byWorkloadKind } from "@/lib/workload-order";

/** What a container runs: one image where all clusters agree, else each image with its clusters. */
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
  wanted: number;
  clusters: string[];
}

// What needs a look comes first.
const urgency: Record<Health, number> = {
  failed: 0,
  missing: 1,
  unknown: 2,
  terminating: 3,
  progressing: 4,
  pending: 5,
  ready: 6,
  // Somebody wants it so: beside others that are ready it says nothing.
  suspended: 7,
};

/** A workload's health with clusters that fare alike together, the worst first. */
export function healthGroups(workload: WorkloadOverview): HealthGroup[] {
  const groups = new Map<string, HealthGroup>();
  for (const { cluster, health, reason, message, ready, desired: wanted } of workload.health) {
    const key = `${health} ${reason ?? ""}`;
    const group = groups.get(key) ?? { health, reason, message, ready: 0, wanted: 0, clusters: [] };
    groups.set(key, group);
    group.ready += ready ?? 0;
    group.wanted += wanted ?? 0;
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

/** What lies between two neighbours on the road. */
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

export interface Pushed {
  image: NonNullable<ContainerOverview["pushed"]>;
  containers: string[];
}

/** The pushed images that wait in an environment, each once with all containers that it is for, the newest first. */
export function pushedTo(environment: EnvironmentOverview): Pushed[] {
  const waiting = new Map<number, Pushed>();
  for (const { name, pushed } of environment.workloads.flatMap(({ containers }) => containers)) {
    if (!pushed) continue;
    const known = waiting.get(pushed.push);
    if (known) known.containers.push(name);
    else waiting.set(pushed.push, { image: pushed, containers: [name] });
  }
  return [...waiting.values()].sort((one, other) => other.image.push - one.image.push);
}

/** Every container of an environment with the repository that it runs. */
export const runningRepositories = (environment: EnvironmentOverview): { container: string; repository: string }[] =>
  environment.workloads.flatMap(({ containers }) =>
    containers.flatMap(({ name, images }) =>
      images[0] ? [{ container: name, repository: images[0].image.repository }] : [],
    ),
  );

/** The environment that the page shows in full: the one asked for, else the first that is configured, else the first. */
export function selectedEnvironment(
  overview: ApplicationOverview,
  asked: string | undefined,
): EnvironmentOverview | undefined {
  const { environments } = overview;
  return (
    environments.find(({ environment }) => environment.toLowerCase() === asked?.toLowerCase()) ??
    environments.find(({ configured }) => configured) ??
    environments[0]
  );
}

/** Where images of an environment may be promoted to, the next one on the road first. */
export function promotionTargets(overview: ApplicationOverview, source: EnvironmentOverview): EnvironmentOverview[] {
  const after = overview.environments.filter(({ rank }) => rank > source.rank);
  const before = overview.environments.filter(({ rank }) => rank < source.rank);
  return [...after, ...before].filter(({ configured }) => configured);
}

/** Why nothing can be promoted from here now; null where it can. */
export function promotionBlocked(overview: ApplicationOverview, source: EnvironmentOverview): string | null {
  if (!source.configured) return `${source.environment} is not configured: there is nothing to promote.`;
  const targets = promotionTargets(overview, source);
  if (targets.length === 0) return "No other environment is configured yet.";
  if (targets.every(({ deploy_mode: mode }) => mode === "auto")) return "Every other environment deploys by itself.";
  return null;
}

/** `2 clusters, 3 of 3 ready`. */
export function readiness({ ready, wanted, clusters }: HealthGroup): string {
  const where = clusters.length === 1 ? clusters[0]! : count(clusters.length, "cluster");
  return wanted > 0 || ready > 0 ? `${where}, ${ready} of ${wanted} ready` : where;
}

export interface ClusterRow {
  key: string;
  workload: WorkloadOverview["resource"];
  cluster: string;
  health: WorkloadOverview["health"][number];
  images: { container: string; init: boolean; image: Image }[];
}

/** Every workload on every cluster, as lines of a table. */
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

/** The targets of a promotion from an environment, with whether each deploys by itself. */
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

/** The overview with each environment's workloads in the order in which they are looked at. */
export const ordered = (overview: ApplicationOverview): ApplicationOverview => ({
  ...overview,
  environments: overview.environments.map((environment) => ({
    ...environment,
    workloads: environment.workloads.toSorted((one, other) => byWorkloadKind(one.resource.kind, other.resource.kind)),
  })),
});
