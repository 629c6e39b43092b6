/** The matrix of applications and environments, as its cells and its search see it. Pure. */
import type { MatrixCell, MatrixImage, MatrixRow } from "@/api/contract";
import { remembered } from "@/lib/remembered";
import { count, shortDigest } from "@/lib/words";
import { byWorkloadKind } from "@/lib/workload-order";

export interface VersionLine {
  /** What runs it, where the cell runs more than one version. */
  what: string | null;
  version: string;
}

const LINES = 2;

const kindOf = ({ workload }: MatrixImage): string => workload.split("/")[0]!;

const versionOf = ({ tag, digest }: MatrixImage): string => tag ?? (digest ? shortDigest(digest) : "no tag");

/**
 * What a cell shows of its images: the one tag, where all agree; else a line for each container until there is no more
 * room, and how many are left out.
 */
export function versionsOf(images: readonly MatrixImage[]): { lines: VersionLine[]; more: string | null } {
  const versions = new Set(images.map(versionOf));
  const ordered = images.toSorted((one, other) => byWorkloadKind(kindOf(one), kindOf(other)));
  if (versions.size <= 1) return { lines: [...versions].map((version) => ({ what: null, version })), more: null };
  const lines = ordered.map((image) => ({ what: labelOf(image, images), version: versionOf(image) }));
  const left = lines.length - LINES;
  return { lines: lines.slice(0, LINES), more: left > 0 ? `and ${count(left, "more", "more")}` : null };
}

/** The workload's name, with the container's where the workload has several. */
function labelOf(image: MatrixImage, all: readonly MatrixImage[]): string {
  const name = image.workload.split("/").at(-1)!;
  if (name === image.container) return name;
  const alone = all.filter(({ workload }) => workload === image.workload).length === 1;
  return alone ? name : `${name}/${image.container}`;
}

export type Mark = "operation" | "skew" | "stale";

/** What is out of the ordinary in a cell; each takes a line of its own. */
export function unusualIn({ active_operation, skew, stale }: MatrixCell): Mark[] {
  const marks: [Mark, boolean][] = [
    ["operation", active_operation !== null],
    ["skew", skew],
    ["stale", stale],
  ];
  return marks.filter(([, there]) => there).map(([mark]) => mark);
}

/** The height of a row's lines in rem, as matrix.module.css sets them; the application's name needs the least. */
const VERSION = 1.25;
const SMALL = 1.125;
const AROUND = 1 + 1 / 16;
const LEAST = AROUND + VERSION + 2 * SMALL;

/** How high a row is, in rem: as its highest cell. */
export const heightOf = remembered(({ cells }: MatrixRow): number =>
  cells.reduce((highest, cell) => Math.max(highest, AROUND + linesOf(cell)), LEAST),
);

function linesOf(cell: MatrixCell): number {
  if (!cell.configured) return VERSION;
  const { lines, more } = versionsOf(cell.images);
  return Math.max(1, lines.length) * VERSION + (more ? SMALL : 0) + (1 + unusualIn(cell).length) * SMALL;
}

/** Rows whose application, description or any version shown contains every word that is searched for. */
export function matching(rows: readonly MatrixRow[], search: string): readonly MatrixRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = textOf(row);
    return words.every((word) => text.includes(word));
  });
}

// Searched at every key.
const textOf = remembered(({ application, description, cells }: MatrixRow): string => {
  const versions = cells.flatMap(({ images }) => images.map((image) => `${image.workload} ${image.tag ?? ""}`));
  return [application, description, ...versions].join(" ").toLowerCase();
});

/** The address of an application's page, showing one of its environments. */
export const pageOf = (application: string, environment?: string): string =>
  `/applications/${encodeURIComponent(application)}${environment ? `?environment=${encodeURIComponent(environment)}` : ""}`;
