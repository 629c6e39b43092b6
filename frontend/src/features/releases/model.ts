/** How a release reads in one line. Pure. */
import type { Release } from "@/api/contract";
import { count, shortDigest } from "@/lib/words";
import { byWorkloadKind } from "@/lib/workload-order";

type ReleaseImage = Release["images"][number];

const SHOWN = 3;

const versionOf = ({ image }: ReleaseImage): string =>
  image.tag ?? (image.digest ? shortDigest(image.digest) : "no tag");

/** `1.4.2`, where all containers have the same tag; else `web 1.4.2, api 2.0.1 and 2 more`. */
export function releaseVersions(images: readonly ReleaseImage[]): string {
  const main = images
    .filter(({ init }) => !init)
    .toSorted((one, other) => byWorkloadKind(one.workload.kind, other.workload.kind));
  const lines = new Map<string, string>();
  for (const each of main) lines.set(`${each.workload.name}/${each.container}`, versionOf(each));
  const versions = new Set(lines.values());
  if (versions.size === 1) return [...versions][0]!;
  if (lines.size === 0) return count(images.length, "image");
  const named = [...lines].map(([name, version]) => `${name.split("/").at(-1)} ${version}`);
  const left = named.length - SHOWN;
  return left > 0 ? `${named.slice(0, SHOWN).join(", ")} and ${left} more` : named.join(", ");
}

/**
 * What a release brought: the containers whose version is another than in the release before, in one line. Without a
 * release before, or without a difference, what it holds.
 */
export function releaseHeadline(release: Release, before: Release | undefined): string {
  if (!before) return releaseVersions(release.images);
  const former = new Map(before.images.map((each) => [keyOf(each), each.image.reference]));
  const changed = release.images.filter((each) => former.get(keyOf(each)) !== each.image.reference);
  if (changed.length === 0) return releaseVersions(release.images);
  const lines = new Set(changed.map((each) => `${each.container} ${versionOf(each)}`));
  const left = lines.size - SHOWN;
  return left > 0 ? `${[...lines].slice(0, SHOWN).join(", ")} and ${left} more` : [...lines].join(", ");
}

const keyOf = ({ workload, container, cluster }: ReleaseImage): string =>
  `${workload.kind}/${workload.name}/${container}@${cluster ?? ""}`;
