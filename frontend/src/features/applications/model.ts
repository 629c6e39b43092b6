/** The matrix of applications and environments, as its cells and its search see it. Pure. */
import type { components } from "@/api/schema";
import { count, shortDigest } from "@/lib/words";
import { byWorkloadKind } from "@/lib/workload-order";

export type Matrix = components["schemas"]["MatrixRead"];
export type MatrixRow = components["schemas"]["MatrixRow"];
export type MatrixCell = components["schemas"]["MatrixCell"];
type MatrixImage = components["schemas"]["MatrixImage"];

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

/** Rows whose application, description or any version shown contains every word that is searched for. */
export function matching(rows: readonly MatrixRow[], search: string): readonly MatrixRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = textOf(row);
    return words.every((word) => text.includes(word));
  });
}

// Searched at every key: the text of a row is put together once.
const texts = new WeakMap<MatrixRow, string>();

function textOf(row: MatrixRow): string {
  let text = texts.get(row);
  if (text === undefined) {
    const versions = row.cells.flatMap(({ images }) => images.map((image) => `${image.workload} ${image.tag ?? ""}`));
    text = [row.application, row.description, ...versions].join(" ").toLowerCase();
    texts.set(row, text);
  }
  return text;
}

/** The address of an application's page, showing one of its environments. */
export const pageOf = (application: string, environment?: string): string =>
  `/applications/${encodeURIComponent(application)}${environment ? `?environment=${encodeURIComponent(environment)}` : ""}`;
