/** Who owns the workloads of an app environment, grouped by owner, and what that means for their images. Pure. */
import type {
  ClusterOwners,
  ImageDeliveries,
  ImageDelivery,
  RepairedCluster,
  Resource,
  WorkloadDelivery,
} from "@/api/contract";
import { capitalised, listed } from "@/lib/words";
import { deliveryTitle } from "@/ui/image-delivery";

export interface PlacedWorkload {
  /** `Deployment/web`. */
  name: string;
  resource: Resource;
  /** The clusters on which this holds; empty if it holds on all that were read. */
  clusters: string[];
}

export interface OwnerGroup {
  key: string;
  /** What of Helm, Argo CD or Flux delivers the workloads. */
  owner: string | null;
  /** What owns the owner, the nearest first, up to the root. */
  above: string[];
  /** Why that may not be all. */
  unread: string | null;
  /** The field managers that apply them on the server side. */
  appliedBy: string[];
  /** How their images reach them; null if nothing was set and no tool owns them. */
  delivery: ImageDelivery | null;
  /** What was set for these workloads alone; its workload is any of them. Null if what holds for the environment does. */
  own: WorkloadDelivery | null;
  /** The deliveries that would work. */
  possible: Workload["possible"];
  workloads: PlacedWorkload[];
}

type Workload = ClusterOwners["workloads"][number];

const nameOf = ({ kind, name }: Resource): string => `${kind}/${name}`;

/** One group for each owner, those of delivery tools first, and workloads of nobody known last. */
export function ownerGroups(clusters: readonly ClusterOwners[], deliveries: ImageDeliveries): OwnerGroup[] {
  const groups = new Map<string, OwnerGroup>();
  for (const { cluster, workloads } of clusters) {
    for (const each of workloads) {
      const { owner, above, unread, applied_by: appliedBy, delivery, possible } = each;
      const own = ownDelivery(deliveries, each.workload);
      const key = JSON.stringify([owner, above, unread, appliedBy, delivery, possible, own?.delivery, own?.file]);
      const group = groups.get(key) ?? { key, owner, above, unread, appliedBy, delivery, own, possible, workloads: [] };
      groups.set(key, group);
      place(group.workloads, each.workload, cluster);
    }
  }
  const read = clusters.filter(({ failure }) => failure === null).length;
  return [...groups.values()]
    .map((group) => ({ ...group, workloads: group.workloads.map((each) => unlessEverywhere(each, read)) }))
    .sort((one, other) => rank(one) - rank(other));
}

function place(workloads: PlacedWorkload[], resource: Resource, cluster: string) {
  const name = nameOf(resource);
  const known = workloads.find((each) => each.name === name);
  if (known) known.clusters.push(cluster);
  else workloads.push({ name, resource, clusters: [cluster] });
}

const unlessEverywhere = (workload: PlacedWorkload, read: number): PlacedWorkload => ({
  ...workload,
  clusters: workload.clusters.length === read ? [] : workload.clusters,
});

const rank = ({ owner, appliedBy }: OwnerGroup): number => {
  if (owner !== null) return 0;
  return appliedBy.length > 0 ? 1 : 2;
};

/** Whether two name the same workload: the version of its API may have changed since. */
export const isSame = (one: Resource, other: Resource): boolean =>
  one.kind === other.kind && one.name === other.name && groupOf(one.api_version) === groupOf(other.api_version);

const groupOf = (apiVersion: string): string => apiVersion.split("/").slice(0, -1).join("/");

/** What was set for a workload alone. */
export const ownDelivery = (deliveries: ImageDeliveries, workload: Resource): WorkloadDelivery | null =>
  deliveries.workloads.find((each) => isSame(each.workload, workload)) ?? null;

/** `The Helm release shop in namespace shop`. */
export function ownerTitle({ owner, appliedBy }: OwnerGroup): string {
  if (owner !== null) return capitalised(owner);
  if (appliedBy.length === 0) return "No known owner";
  return `Field ${appliedBy.length === 1 ? "manager" : "managers"} ${listed(appliedBy)}`;
}

/** What Stagecoach does when it changes an image of these workloads, in one sentence. */
export function whatHappens(group: OwnerGroup): string {
  if (group.delivery !== null) return deliverySentence(group.delivery, group);
  const { appliedBy } = group;
  if (appliedBy.length === 0) return "Stagecoach changes their images in its own name.";
  if (appliedBy.length === 1)
    return `If ${appliedBy[0]} applies an image, Stagecoach applies the new one in its name, and its next apply brings its own image back.`;
  return "Stagecoach applies an image in the name of the one that applies it, whose next apply brings its own image back; it changes no image that several of them apply.";
}

/** `Git commit: apps/shop/values.yaml on main of shop-config, set for these alone. `; empty if nothing was set. */
export function deliveryWords({ delivery, own }: OwnerGroup): string {
  if (delivery === null) return "";
  const file = own?.file ? `: ${own.file.path} on ${own.file.branch} of ${own.file.repository}` : "";
  return `${deliveryTitle[delivery]}${file}${own ? ", set for these alone" : ""}. `;
}

/** What a delivery does for workloads of this owner, in one sentence. */
export function deliverySentence(delivery: ImageDelivery, { owner }: Pick<OwnerGroup, "owner">): string {
  switch (delivery) {
    case "refuse":
      return owner === null
        ? "Stagecoach does not change their images."
        : "Stagecoach changes their images only with a consent, because the owner's next upgrade or sync brings its own images back.";
    case "helm":
      return "Stagecoach upgrades their Helm release with the values that name their images.";
    case "argocd":
      return "Stagecoach gives their application of Argo CD an override for their images, and has it synced.";
    case "flux":
      return "Stagecoach changes their HelmRelease or Kustomization of Flux, and has it reconciled.";
    case "git":
      return "Stagecoach changes the file in Git that names their images, and whoever delivers from there applies it.";
    case "as-owner":
      return owner === null
        ? "Stagecoach writes their images in the name of whoever applies them, and the next apply brings its own image back."
        : "Stagecoach changes their images in the owner's name, until the owner's next upgrade or sync brings its own images back.";
    case "direct":
      return "Stagecoach changes their images in its own name; where somebody else has an image, the plan is blocked.";
  }
}

/** The workloads whose images an earlier version took from the manager that applies them. */
export function takenFrom(clusters: readonly ClusterOwners[]): PlacedWorkload[] {
  const found: PlacedWorkload[] = [];
  for (const { cluster, workloads } of clusters)
    for (const each of workloads.filter(({ taken }) => taken)) place(found, each.workload, cluster);
  return found;
}

export interface Failed {
  /** `staging-1`, or `Deployment/web on staging-1`. */
  where: string;
  detail: string;
}

/** The clusters that could not be read. */
export const unread = (clusters: readonly (ClusterOwners | RepairedCluster)[]): Failed[] =>
  clusters.flatMap(({ cluster, failure }) => (failure ? [{ where: cluster, detail: failure.detail }] : []));

export interface GivenBack {
  workloads: PlacedWorkload[];
  failed: Failed[];
}

/** What a repair did on all clusters. */
export function givenBack(clusters: readonly RepairedCluster[]): GivenBack {
  const workloads: PlacedWorkload[] = [];
  const failed = unread(clusters);
  for (const { cluster, workloads: repaired } of clusters) {
    for (const each of repaired) {
      if (each.failure) failed.push({ where: `${nameOf(each.workload)} on ${cluster}`, detail: each.failure.detail });
      else place(workloads, each.workload, cluster);
    }
  }
  return { workloads, failed };
}
