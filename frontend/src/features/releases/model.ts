/** How a release reads in one line. Pure. */
import { count, shortDigest } from "@/lib/words";
import type { Release } from "./queries";

type ReleaseImage = Release["images"][number];

const SHOWN = 3;

const versionOf = ({ image }: ReleaseImage): string =>
  image.tag ?? (image.digest ? shortDigest(image.digest) : "no tag");

/** `1.4.2`, where all containers have the same tag; else `web 1.4.2, api 2.0.1 and 2 more`. */
export function releaseVersions(images: readonly ReleaseImage[]): string {
  const main = images.filter(({ init }) => !init);
  const lines = new Map<string, string>();
  for (const each of main) lines.set(`${each.workload.name}/${each.container}`, versionOf(each));
  const versions = new Set(lines.values());
  if (versions.size === 1) return [...versions][0]!;
  if (lines.size === 0) return count(images.length, "image");
  const named = [...lines].map(([name, version]) => `${name.split("/").at(-1)} ${version}`);
  const left = named.length - SHOWN;
  return left > 0 ? `${named.slice(0, SHOWN).join(", ")} and ${left} more` : named.join(", ");
}
