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

/** Where a change leads, as far as that is known; `same` for a tag that names another image now. */
export type Direction = "upgrade" | "downgrade" | "same" | "unknown";

interface Change<Ref extends Image> {
  workload: Resource;
  container: string;
  init: boolean;
  before: Ref;
  after: Ref;
  /** Whether nothing is written. */
  unchanged: boolean;
  /** Whether the container has another image, be it written or blocked. */
  differs: boolean;
  direction: Direction;
  /** The field manager that wrote the image before; null for Stagecoach. */
  written_by: string | null;
  /** What is changed at the workload's owner, in its place. */
  handed_over: HandOver | null;
}

interface HandOver {
  owner: { title: string };
  edits: readonly { where: string; before: string | null; after: string | null }[];
}

interface ClusterPlan<Ref extends Image> {
  cluster: string;
  changes: readonly Change<Ref>[];
}

type Variant<Ref extends Image> = Pick<
  Change<Ref>,
  "before" | "after" | "unchanged" | "differs" | "direction" | "written_by" | "handed_over"
> & {
  clusters: string[];
};

export interface ContainerPlan<Ref extends Image> {
  /** Unique in this plan. */
  key: string;
  workload: Resource;
  container: string;
  init: boolean;
  /** Whether all clusters run the image already. */
  same: boolean;
  /** Whether a cluster would get an older image. */
  downgrade: boolean;
  variants: Variant<Ref>[];
}

export const containerKey = (workload: Resource, container: string): string =>
  `${workload.api_version}/${workload.kind}/${workload.name}/${container}`;

export function byContainer<Ref extends Image>(clusters: readonly ClusterPlan<Ref>[]): ContainerPlan<Ref>[] {
  const plans = new Map<string, ContainerPlan<Ref>>();
  for (const { cluster, changes } of clusters) {
    for (const { workload, container, init, ...change } of changes) {
      const key = containerKey(workload, container);
      const plan = plans.get(key) ?? { key, workload, container, init, same: true, downgrade: false, variants: [] };
      plans.set(key, plan);
      plan.same &&= !change.differs;
      plan.downgrade ||= change.differs && change.direction === "downgrade";
      const alike = plan.variants.find(
        (each) =>
          each.before.reference === change.before.reference &&
          each.after.reference === change.after.reference &&
          each.unchanged === change.unchanged &&
          (!change.differs ||
            (each.written_by === change.written_by && isSameHandOver(each.handed_over, change.handed_over))),
      );
      if (alike) alike.clusters.push(cluster);
      else {
        plan.variants.push({ ...change, clusters: [cluster] });
      }
    }
  }
  return [...plans.values()];
}

/** The containers in the plan's order, those that differ before those that do not. */
export function differingFirst<Ref extends Image>(clusters: readonly ClusterPlan<Ref>[]): ContainerPlan<Ref>[] {
  const containers = byContainer(clusters);
  return [...containers.filter(({ same }) => !same), ...containers.filter(({ same }) => same)];
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

/** Why a plan of a promotion has nothing to do, in a sentence; `leavesOut`: its request leaves something out. */
export function whyNothing(clusters: readonly ClusterPlan<Image>[], target: string, leavesOut: boolean): string {
  const none = clusters.every(({ changes }) => changes.length === 0);
  if (none) return leavesOut ? "Nothing is chosen: all of it is left out." : "The source has no image to promote.";
  return `${leavesOut ? "Besides what is left out, " : ""}${target} already runs these images.`;
}

const isSameHandOver = (one: HandOver | null, other: HandOver | null): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
