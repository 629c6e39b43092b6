import type { ContainerInput, Divergence, DivergenceKind } from "@/api/contract";

/** What is brought back to the last release of one app environment, by one operation. */
export interface Converging {
  application: string;
  environment: string;
  release: number;
  /** Null: all containers of the release. */
  containers: ContainerInput[] | null;
  /** Where these differ: the clusters that can be chosen. */
  clusters: string[];
}

const ofImages: Record<DivergenceKind, boolean> = {
  "image-drift": true,
  "digest-drift": true,
  skew: true,
  "key-drift": false,
  "field-drift": false,
};

/** A release holds images: of what else differs it has nothing to bring back. */
export const isOfImages = ({ kind }: Divergence): boolean => ofImages[kind];

export const canConverge = (divergence: Divergence): boolean => isOfImages(divergence) && divergence.last_release > 0;

export const sameAppEnvironment = (one: Divergence, other: Divergence): boolean =>
  one.application === other.application && one.environment === other.environment;

/** Converges these, which are of one app environment. */
export function convergingOf(rows: readonly [Divergence, ...Divergence[]], scope: "these" | "all"): Converging {
  const [{ application, environment, last_release: release }] = rows;
  const containers = new Map(
    rows.map(({ workload, container }) => [
      JSON.stringify([workload.kind, workload.name, container]),
      { workload, container },
    ]),
  );
  return {
    application,
    environment,
    release,
    containers: scope === "all" ? null : [...containers.values()],
    clusters: [...new Set(rows.flatMap(({ found }) => found.map(({ cluster }) => cluster)))].sort(),
  };
}

/** As in "web", "3 containers", or "all". */
export function whatConverges({ containers, application }: Converging): string {
  if (containers === null) return `all of ${application}`;
  return containers.length === 1 ? containers[0]!.container : `${containers.length} containers of ${application}`;
}
