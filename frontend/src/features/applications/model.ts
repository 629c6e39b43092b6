/** The matrix of applications and environments: the texts of its cells, the heights of its rows, its search. Pure. */
import type { MatrixCell, MatrixImage, MatrixRow } from "@/api/contract";
import { remembered } from "@/lib/remembered";
import { count, shortDigest } from "@/lib/words";
import { byWorkloadKind } from "@/lib/workload-order";

export interface VersionLine {
  /** The workload or container that runs it; null if all containers run one version. */
  container: string | null;
  version: string;
}

const LINES = 2;

const kindOf = ({ workload }: MatrixImage): string => workload.split("/")[0]!;

const tagOf = ({ tag, digest }: { tag: string | null; digest: string | null }): string =>
  tag ?? (digest ? shortDigest(digest) : "no tag");

/** What pods run; and what is written besides, where pods keep a former image. */
const versionOf = (image: MatrixImage): string =>
  image.written ? `${tagOf(image)} (${tagOf(image.written)} written)` : tagOf(image);

/**
 * The versions that a cell shows: one tag if all containers run it; otherwise a line for each of the first containers, and
 * the number of the others.
 */
export function versionsOf(images: readonly MatrixImage[]): { lines: VersionLine[]; more: string | null } {
  const versions = new Set(images.map(versionOf));
  const ordered = images.toSorted((one, other) => byWorkloadKind(kindOf(one), kindOf(other)));
  if (versions.size <= 1) return { lines: [...versions].map((version) => ({ container: null, version })), more: null };
  const lines = ordered.map((image) => ({ container: labelOf(image, images), version: versionOf(image) }));
  const left = lines.length - LINES;
  return { lines: lines.slice(0, LINES), more: left > 0 ? `and ${count(left, "more", "more")}` : null };
}

/** The workload's name, with the container's name if the workload has several containers. */
function labelOf(image: MatrixImage, all: readonly MatrixImage[]): string {
  const name = image.workload.split("/").at(-1)!;
  if (name === image.container) return name;
  const alone = all.filter(({ workload }) => workload === image.workload).length === 1;
  return alone ? name : `${name}/${image.container}`;
}

export type Condition = "follow" | "operation" | "custom" | "drift" | "skew" | "not-level" | "missing-keys" | "stale";

/** What a cell follows, and its conditions that need attention; each takes one line. */
export function conditionsOf({
  follow,
  active_operation,
  custom_resources: custom,
  drift,
  skew,
  not_level: notLevel,
  missing_keys: missing,
  stale,
}: MatrixCell): Condition[] {
  const conditions: [Condition, boolean][] = [
    ["follow", follow !== null],
    ["operation", active_operation !== null],
    ["custom", (custom?.unhealthy ?? 0) > 0],
    ["drift", drift],
    ["skew", skew],
    ["not-level", notLevel.length > 0],
    ["missing-keys", Boolean(missing)],
    ["stale", stale],
  ];
  return conditions.filter(([, present]) => present).map(([condition]) => condition);
}

/** The line heights in rem that matrix.module.css sets; the application's name and description need the minimum. */
const VERSION = 1.25;
const SMALL = 1.125;
const PADDING = 1 + 1 / 16;
const MINIMUM = PADDING + VERSION + 2 * SMALL;

/** The height of a row in rem: that of its highest cell. */
export const heightOf = remembered(({ cells }: MatrixRow): number =>
  cells.reduce((highest, cell) => Math.max(highest, PADDING + linesOf(cell)), MINIMUM),
);

function linesOf(cell: MatrixCell): number {
  if (!cell.configured) return VERSION;
  const { lines, more } = versionsOf(cell.images);
  return Math.max(1, lines.length) * VERSION + (more ? SMALL : 0) + (1 + conditionsOf(cell).length) * SMALL;
}

/** The rows whose application, description, workloads or tags contain every word of the search. */
export function matching(rows: readonly MatrixRow[], search: string): readonly MatrixRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = textOf(row);
    return words.every((word) => text.includes(word));
  });
}

// Memoised, since the search runs on every key stroke.
const textOf = remembered(({ application, description, cells }: MatrixRow): string => {
  const versions = cells.flatMap(({ images }) => images.map((image) => `${image.workload} ${image.tag ?? ""}`));
  return [application, description, ...versions].join(" ").toLowerCase();
});

/** The address of the comparison of an environment with the one that it is promoted from. */
export const comparisonOf = (application: string, source: string, environment: string): string =>
  `/applications/${encodeURIComponent(application)}/compare?left=${encodeURIComponent(source)}&right=${encodeURIComponent(environment)}`;

/** The address of an application's page with one of its environments selected. */
export const pageOf = (application: string, environment?: string): string =>
  `/applications/${encodeURIComponent(application)}${environment ? `?environment=${encodeURIComponent(environment)}` : ""}`;
