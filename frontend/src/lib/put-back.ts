/**
 * The one step back from an operation that changed images: exactly the containers that it changed get the images that they
 * had before. Pure: it declares the fields that it reads and imports no contract type.
 */
import { listed, shortDigest } from "./words";

interface Image {
  repository: string;
  tag: string | null;
  digest: string | null;
}

interface Change {
  workload: { kind: string; name: string };
  container: string;
  before: Image;
  after: Image;
  unchanged: boolean;
}

interface ClusterChanges {
  cluster: string;
  changes: readonly Change[];
}

interface Operation {
  state: string;
  clusters: readonly { cluster: string; outcome: string | null; started_at: string | null }[];
  plan: { kind: string; clusters: readonly { cluster: string; changes?: readonly Change[] }[] };
}

/** An image that an operation replaced on one cluster. */
export type ReplacedImage = Change & { cluster: string };

// On these clusters nothing was changed, or it was undone.
const nothingStands: ReadonlySet<string | null> = new Set(["unchanged", "rolled-back", "skipped"]);

/**
 * The images that an ended operation replaced and that are still replaced, as far as it knows; none of an operation that
 * copies resources, which has no images to put back.
 */
export function replacedImages({ state, clusters, plan }: Operation): ReplacedImage[] {
  const ended = state === "succeeded" || state === "failed" || state === "cancelled";
  if (!ended || (plan.kind !== "promotion" && plan.kind !== "deploy" && plan.kind !== "rollback")) return [];
  const standing = new Set(
    clusters
      .filter(({ outcome, started_at: started }) => started !== null && !nothingStands.has(outcome))
      .map(({ cluster }) => cluster),
  );
  return plan.clusters.flatMap(({ cluster, changes = [] }) =>
    standing.has(cluster)
      ? changes.filter(({ unchanged }) => !unchanged).map((change) => ({ ...change, cluster }))
      : [],
  );
}

/** Whether two references mean the same image, as far as both say: by digest, else by tag. */
export const isSameImage = (one: Image, other: Image): boolean =>
  one.repository === other.repository &&
  (one.digest && other.digest ? one.digest === other.digest : one.tag === other.tag);

const SHOWN = 2;

/** `Put web 1.4.0 back`, `Put web 1.4.0 and api 2.0.1 back`, `Put 5 images back`. */
export function putBackLabel(images: readonly Pick<Change, "workload" | "container" | "before">[]): string {
  const versions = new Map<string, Set<string>>();
  for (const { workload, container, before } of images) {
    const alone = images.every((each) => each.container !== container || each.workload.name === workload.name);
    const name = alone ? container : `${workload.name}/${container}`;
    const known = versions.get(name) ?? new Set<string>();
    versions.set(name, known.add(before.tag ?? (before.digest ? shortDigest(before.digest) : "without a tag")));
  }
  if (versions.size === 0 || versions.size > SHOWN) return `Put ${versions.size || "the former"} images back`;
  return `Put ${listed([...versions].map(([name, of]) => `${name} ${[...of].join(" or ")}`))} back`;
}

/** The images that a plan writes, in the form of those that it puts back. */
export const putBackOf = (clusters: readonly ClusterChanges[]): Pick<Change, "workload" | "container" | "before">[] =>
  clusters.flatMap(({ changes }) =>
    changes
      .filter(({ unchanged }) => !unchanged)
      .map(({ workload, container, after }) => ({ workload, container, before: after })),
  );
