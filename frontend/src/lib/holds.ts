/** Which holds and stops concern a place. Pure. */
import type { Hold, Stop } from "@/api/contract";

/** The holds of an application in an environment, and those of the whole environment; without an application only these. */
export const holdsOf = (holds: readonly Hold[], environment: string, application: string | null): Hold[] =>
  holds.filter(
    (hold) => hold.environment === environment && (hold.application === null || hold.application === application),
  );

/** `everything`, `environment Production`, `cluster prod-eu`: what a stop stops. */
export function stoppedBy({ environment, cluster }: Pick<Stop, "environment" | "cluster">): string {
  if (environment !== null) return `environment ${environment}`;
  return cluster !== null ? `cluster ${cluster}` : "everything";
}

/** The sentence of a stop: `Nothing is written to environment Production`. */
export const stopSentence = (stop: Pick<Stop, "environment" | "cluster">): string =>
  stop.environment === null && stop.cluster === null
    ? "Nothing is written to any cluster"
    : `Nothing is written to ${stoppedBy(stop)}`;
