/** Who owns the workloads of an app environment, grouped by owner, and what that means for their images. Pure. */
import type { ClusterOwners, ImageDelivery, RepairedCluster } from "@/api/contract";
import { capitalised, listed } from "@/lib/words";

export interface PlacedWorkload {
  /** `Deployment/web`. */
  name: string;
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
  /** The deliveries that would work. */
  possible: Workload["possible"];
  workloads: PlacedWorkload[];
}

type Workload = ClusterOwners["workloads"][number];

const nameOf = ({ workload }: Pick<Workload, "workload">): string => `${workload.kind}/${workload.name}`;

/** One group for each owner, those of delivery tools first, and workloads of nobody known last. */
export function ownerGroups(clusters: readonly ClusterOwners[]): OwnerGroup[] {
  const groups = new Map<string, OwnerGroup>();
  for (const { cluster, workloads } of clusters) {
    for (const each of workloads) {
      const { owner, above, unread, applied_by: appliedBy, delivery, possible } = each;
      const key = JSON.stringify([owner, above, unread, appliedBy, delivery, possible]);
      const group = groups.get(key) ?? { key, owner, above, unread, appliedBy, delivery, possible, workloads: [] };
      groups.set(key, group);
      place(group.workloads, nameOf(each), cluster);
    }
  }
  const read = clusters.filter(({ failure }) => failure === null).length;
  return [...groups.values()]
    .map((group) => ({ ...group, workloads: group.workloads.map((each) => unlessEverywhere(each, read)) }))
    .sort((one, other) => rank(one) - rank(other));
}

function place(workloads: PlacedWorkload[], name: string, cluster: string) {
  const known = workloads.find((each) => each.name === name);
  if (known) known.clusters.push(cluster);
  else workloads.push({ name, clusters: [cluster] });
}

const unlessEverywhere = ({ name, clusters }: PlacedWorkload, read: number): PlacedWorkload => ({
  name,
  clusters: clusters.length === read ? [] : clusters,
});

const rank = ({ owner, appliedBy }: OwnerGroup): number => {
  if (owner !== null) return 0;
  return appliedBy.length > 0 ? 1 : 2;
};

/** `The Helm release shop in namespace shop`. */
export function ownerTitle({ owner, appliedBy }: OwnerGroup): string {
  if (owner !== null) return capitalised(owner);
  if (appliedBy.length === 0) return "No known owner";
  return `Field ${appliedBy.length === 1 ? "manager" : "managers"} ${listed(appliedBy)}`;
}

/** What Stagecoach does when it changes an image of these workloads, in one sentence. */
export function whatHappens({ owner, appliedBy, delivery }: OwnerGroup): string {
  if (delivery === "refuse")
    return owner !== null
      ? "Stagecoach changes their images only with a consent, because the owner's next upgrade or sync brings its own images back."
      : "Stagecoach does not change their images, as the delivery is set.";
  if (delivery === "helm")
    return "Stagecoach upgrades their Helm release, as the delivery is set, with the values that name their images.";
  if (delivery === "argocd")
    return "Stagecoach gives their application of Argo CD an override for their images, as the delivery is set, and has it synced.";
  if (delivery === "flux")
    return "Stagecoach changes their HelmRelease or Kustomization of Flux, as the delivery is set, and has it reconciled.";
  if (delivery === "git")
    return "Stagecoach commits their new images to the file in Git that names them, as the delivery is set.";
  if (delivery === "direct")
    return "Stagecoach changes their images in its own name, as the delivery is set, where nobody else has the image.";
  if (owner !== null)
    return "Stagecoach changes their images in the owner's name, as the delivery is set, until the owner's next upgrade or sync brings its own images back.";
  if (appliedBy.length === 1)
    return `If ${appliedBy[0]} applies an image, Stagecoach applies the new one in its name, and its next apply brings its own image back.`;
  if (appliedBy.length > 1)
    return "Stagecoach applies an image in the name of the one that applies it, whose next apply brings its own image back; it changes no image that several of them apply.";
  return "Stagecoach changes their images in its own name.";
}

/** Whether nobody is known to own any workload. */
export const isFree = (groups: readonly OwnerGroup[]): boolean =>
  groups.every(({ owner, appliedBy }) => owner === null && appliedBy.length === 0);

/** The workloads whose images an earlier version took from the manager that applies them. */
export function takenFrom(clusters: readonly ClusterOwners[]): PlacedWorkload[] {
  const found: PlacedWorkload[] = [];
  for (const { cluster, workloads } of clusters)
    for (const each of workloads.filter(({ taken }) => taken)) place(found, nameOf(each), cluster);
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
      if (each.failure) failed.push({ where: `${nameOf(each)} on ${cluster}`, detail: each.failure.detail });
      else place(workloads, nameOf(each), cluster);
    }
  }
  return { workloads, failed };
}
