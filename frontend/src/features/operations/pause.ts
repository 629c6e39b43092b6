/** What a paused operation has done so far, and what may be done with it. Pure. */
import type { Operation, Stop } from "@/api/contract";
import { count, listed } from "@/lib/words";

/** `prod-eu has the new state. prod-us is as it was.`: which clusters have what. */
export function standingOf({ clusters }: Operation): string {
  const named = (kept: (each: Operation["clusters"][number]) => boolean) =>
    clusters.filter(kept).map(({ cluster }) => cluster);
  const done = named(({ outcome }) => outcome === "succeeded" || outcome === "unchanged");
  const failed = named(({ outcome }) => outcome !== null && outcome !== "succeeded" && outcome !== "unchanged");
  const begun = named(({ outcome, phase }) => outcome === null && phase !== "waiting");
  const untouched = named(({ outcome, phase }) => outcome === null && phase === "waiting");
  const has = (names: string[]) => (names.length === 1 ? "has" : "have");
  const parts = [
    done.length > 0 ? `${listed(done)} ${has(done)} what it brings.` : "",
    begun.length > 0 ? `${listed(begun)} ${has(begun)} a part of it.` : "",
    failed.length > 0 ? `${listed(failed)} did not get it.` : "",
    untouched.length > 0 ? `${listed(untouched)} ${untouched.length === 1 ? "is" : "are"} as before.` : "",
  ];
  return parts.filter(Boolean).join(" ") || `${count(clusters.length, "cluster")}.`;
}

/** The stop in force on a cluster of the operation: that of the cluster itself, else of its environment, else of all. */
export function stopOn(cluster: string, { environment }: Operation, stops: readonly Stop[]): Stop | null {
  return (
    stops.find((stop) => stop.cluster === cluster) ??
    stops.find((stop) => stop.cluster === null && stop.environment === environment) ??
    stops.find((stop) => stop.cluster === null && stop.environment === null) ??
    null
  );
}

/** Why nothing can be undone at all: a configuration or an import keeps no former state. */
export const nothingToUndo = ({ kind }: Operation): string | null =>
  kind === "configure" || kind === "import" ? "A configuration or an import keeps no former state." : null;
