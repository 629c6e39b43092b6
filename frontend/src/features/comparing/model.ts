/** A comparison as the page shows it: sides in the address, sections, the keys that can be brought, marks. Pure. */
import type {
  ComparedSide,
  ComparedValue,
  Comparison,
  ComparisonSection,
  Difference,
  ExpectedDifference,
} from "@/api/contract";
import { shownValue } from "@/lib/changes";
import { listed } from "@/lib/words";

/** One side as a person picks it: an environment on all its clusters or one of them, or as a release brought it. */
export interface PickedSide {
  environment: string;
  cluster?: string | undefined;
  release?: number | undefined;
}

export interface PickedSides {
  left: PickedSide;
  right: PickedSide;
}

export const samePlace = ({ left, right }: PickedSides): boolean =>
  left.environment === right.environment && left.cluster === right.cluster && left.release === right.release;

export const sectionTitles: Record<ComparisonSection, string> = {
  images: "Images",
  "config-maps": "ConfigMaps",
  secrets: "Secrets",
  variables: "Environment variables",
  "requests-and-limits": "Requests and limits",
  replicas: "Replicas",
  probes: "Probes",
  hosts: "Hosts",
  other: "Other fields and objects",
};

export const proposalWords: Record<NonNullable<Difference["proposed"]>, string> = {
  hosts: "Hosts mostly differ on purpose",
  replicas: "Replicas mostly differ on purpose",
  override: "An import wrote it differently from its source",
  namespace: "Only the name of each side's own namespace differs",
};

/** `Staging`, `Staging on eu`, `Staging, release 12`. */
export function sideTitle({ environment, release, clusters }: ComparedSide, alone: boolean): string {
  if (release !== null) return `${environment}, release ${release}`;
  return alone && clusters.length === 1 ? `${environment} on ${clusters[0]!.cluster}` : environment;
}

/** The titles of both sides; clusters are named where the environments are one. */
export function sideTitles({ left, right }: Pick<Comparison, "left" | "right">): { left: string; right: string } {
  const alone = left.environment === right.environment;
  return { left: sideTitle(left, alone), right: sideTitle(right, alone) };
}

export interface ComparedSection {
  section: ComparisonSection;
  title: string;
  same: number;
  differences: Difference[];
  expected: Difference[];
}

/** The sections in which something was compared. */
export function sections({ counts, differences }: Pick<Comparison, "counts" | "differences">): ComparedSection[] {
  return counts
    .map(({ section, same }) => ({
      section,
      title: sectionTitles[section],
      same,
      differences: differences.filter((each) => each.section === section && !each.expected),
      expected: differences.filter((each) => each.section === section && each.expected),
    }))
    .filter(({ same, differences: found, expected }) => same + found.length + expected.length > 0);
}

/** `The same`, `3 differences, 2 expected`. */
export function summary({
  same,
  complete,
  differences,
}: Pick<Comparison, "same" | "complete" | "differences">): string {
  const expected = differences.filter((each) => each.expected).length;
  const open = differences.length - expected;
  const counted =
    open === 0 ? (same ? "The same" : "No difference found") : `${open} ${open === 1 ? "difference" : "differences"}`;
  const parts = [counted, ...(expected > 0 ? [`${expected} expected`] : [])];
  return complete ? parts.join(", ") : `${parts.join(", ")}; not everything could be compared`;
}

/** The present values and, where clusters differ or the side has several, whose they are. */
export const valueClusters = (values: readonly ComparedValue[], { clusters }: ComparedValue): string | null =>
  values.length > 1 ? listed(clusters) : null;

export type Direction = "to-right" | "to-left";

/** A key, or a whole ConfigMap or Secret, that one side lacks. */
export interface MissingKey {
  id: string;
  direction: Direction;
  /** As the import's address names it: `ConfigMap/settings`, or `ConfigMap/settings:mode`. */
  name: string;
}

/** The key that an import can bring to the side that lacks it; null for any other difference. */
export function missingKey({ resource, key, kind, missing_in: lacking }: Difference): MissingKey | null {
  if (lacking === null) return null;
  const object = `${resource.kind}/${resource.name}`;
  const name = key === null ? object : `${object}:${key}`;
  return { id: `${kind} ${name}`, direction: lacking === "right" ? "to-right" : "to-left", name };
}

/**
 * The keys that can be brought from one environment to the other: none between clusters or releases of one, and none that
 * is expected to be missing.
 */
export function missingKeys({
  left,
  right,
  differences,
}: Pick<Comparison, "left" | "right" | "differences">): MissingKey[] {
  if (left.environment === right.environment || left.release !== null || right.release !== null) return [];
  return differences.filter(({ expected }) => !expected).flatMap((each) => missingKey(each) ?? []);
}

/** A value as text: a list of texts, as of hosts, one a line. */
export const valueText = (value: unknown): string =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string")
    ? value.join("\n")
    : shownValue(value);

const groupOf = ({ api_version: version }: Difference["resource"]): string =>
  version.includes("/") ? version.slice(0, version.indexOf("/")) : "";

/** The field as marks name it. */
export const fieldOf = ({ resource, path }: Difference): ExpectedDifference["field"] => ({
  group: groupOf(resource),
  kind: resource.kind,
  name: resource.name,
  path,
});

const isBelow = (path: string, above: string): boolean =>
  above === "" || path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);

/** The marks by which a difference between two environments is expected. */
export function marksOf(
  difference: Difference,
  marks: readonly ExpectedDifference[],
  { left, right }: Pick<Comparison, "left" | "right">,
): ExpectedDifference[] {
  const field = fieldOf(difference);
  const pair = [left.environment, right.environment].sort().join("\n");
  return marks.filter(
    (mark) =>
      [...mark.environments].sort().join("\n") === pair &&
      mark.field.group === field.group &&
      mark.field.kind === field.kind &&
      mark.field.name === field.name &&
      isBelow(field.path, mark.field.path),
  );
}
