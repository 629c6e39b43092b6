/**
 * An image plan by container instead of by cluster: fifty clusters with the same change share one line. Pure: it declares
 * the fields that it reads and imports no contract type.
 */
interface Image {
  reference: string;
}

interface Resource {
  api_version: string;
  kind: string;
  name: string;
}

interface Change<Ref extends Image> {
  workload: Resource;
  container: string;
  init: boolean;
  before: Ref;
  after: Ref;
  unchanged: boolean;
}

interface ClusterPlan<Ref extends Image> {
  cluster: string;
  changes: readonly Change<Ref>[];
}

export interface ContainerPlan<Ref extends Image> {
  /** Unique in this plan. */
  key: string;
  workload: Resource;
  container: string;
  init: boolean;
  unchanged: boolean;
  variants: { before: Ref; after: Ref; unchanged: boolean; clusters: string[] }[];
}

export const containerKey = (workload: Resource, container: string): string =>
  `${workload.api_version}/${workload.kind}/${workload.name}/${container}`;

export function byContainer<Ref extends Image>(clusters: readonly ClusterPlan<Ref>[]): ContainerPlan<Ref>[] {
  const plans = new Map<string, ContainerPlan<Ref>>();
  for (const { cluster, changes } of clusters) {
    for (const { workload, container, init, before, after, unchanged } of changes) {
      const key = containerKey(workload, container);
      const plan = plans.get(key) ?? { key, workload, container, init, unchanged: true, variants: [] };
      plans.set(key, plan);
      plan.unchanged &&= unchanged;
      const alike = plan.variants.find(
        (each) => each.before.reference === before.reference && each.after.reference === after.reference,
      );
      if (alike) alike.clusters.push(cluster);
      else plan.variants.push({ before, after, unchanged, clusters: [cluster] });
    }
  }
  return [...plans.values()];
}

/** The number of images that change, and of clusters that they change on, counting the selected containers only. */
export function extent(
  clusters: readonly ClusterPlan<Image>[],
  chosen: (key: string) => boolean,
): { images: number; clusters: number } {
  const images = new Set<string>();
  const touched = new Set<string>();
  for (const { cluster, changes } of clusters) {
    for (const { workload, container, unchanged } of changes) {
      const key = containerKey(workload, container);
      if (unchanged || !chosen(key)) continue;
      images.add(key);
      touched.add(cluster);
    }
  }
  return { images: images.size, clusters: touched.size };
}
