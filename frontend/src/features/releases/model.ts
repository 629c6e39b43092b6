/** The one-line summary of a release. Pure. */
import type { LastOperation, Release } from "@/api/contract";
import { count, shortDigest } from "@/lib/words";
import { byWorkloadKind } from "@/lib/workload-order";

type ReleaseImage = Release["images"][number];

const SHOWN = 3;

const versionOf = ({ image }: ReleaseImage): string =>
  image.tag ?? (image.digest ? shortDigest(image.digest) : "no tag");

/** `1.4.2` if all containers have the same tag; otherwise `web 1.4.2, api 2.0.1 and 2 more`. */
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
 * The containers whose version differs from the previous release. All containers, if there is no previous release or no
 * difference.
 */
export function releaseHeadline(release: Release, before: Release | undefined): string {
  if (!before) return releaseVersions(release.images);
  const previous = new Map(before.images.map((each) => [keyOf(each), each.image.reference]));
  const changed = release.images.filter((each) => previous.get(keyOf(each)) !== each.image.reference);
  if (changed.length === 0) return releaseVersions(release.images);
  const lines = new Set(changed.map((each) => `${each.container} ${versionOf(each)}`));
  const left = lines.size - SHOWN;
  return left > 0 ? `${[...lines].slice(0, SHOWN).join(", ")} and ${left} more` : [...lines].join(", ");
}

/** The last operation, if it changed images, did not succeed and made none of these releases. */
export function failedWithoutRelease(last: LastOperation | null, releases: readonly Release[]): LastOperation | null {
  if (!last || last.state === "succeeded") return null;
  if (last.kind !== "promotion" && last.kind !== "deploy" && last.kind !== "rollback") return null;
  return releases.some(({ operation_id: id }) => id === last.id) ? null : last;
}

const keyOf = ({ workload, container, cluster }: ReleaseImage): string =>
  `${workload.kind}/${workload.name}/${container}@${cluster ?? ""}`;
