/** Gates, holds and stops: which concern a place, and what they keep from being done. Pure. */

interface GateLike {
  kind: "freeze" | "hold" | "stop" | "approval";
}

/** The gates that keep a plan from being started; a roll-back with a reason passes freezes. */
export const inTheWay = <Gate extends GateLike>(gates: readonly Gate[], reason: string | undefined): Gate[] =>
  gates.filter(({ kind }) => kind !== "freeze" || !reason?.trim());

/** Why a button does nothing while gates are closed; null while none is. */
export function blockedByGates(gates: readonly GateLike[]): string | null {
  const kinds = new Set(gates.map(({ kind }) => kind));
  if (kinds.has("stop")) return "An emergency stop is in force.";
  if (kinds.has("freeze")) return "A freeze is in the way.";
  if (kinds.has("hold")) return "A hold is in the way.";
  return kinds.has("approval") ? "It has to be approved first." : null;
}

/** Whether a change can be proposed, and people have to approve it, whatever else is in the way now. */
export const takesApproval = (gates: readonly GateLike[]): boolean => gates.some(({ kind }) => kind === "approval");

interface HoldLike {
  environment: string;
  application: string | null;
}

/** The holds of an application in an environment, and those of the whole environment; without an application only these. */
export const holdsOf = <Hold extends HoldLike>(
  holds: readonly Hold[],
  environment: string,
  application: string | null,
): Hold[] =>
  holds.filter(
    (hold) => hold.environment === environment && (hold.application === null || hold.application === application),
  );

interface StopLike {
  environment: string | null;
  cluster: string | null;
}

/** `everything`, `environment Production`, `cluster prod-eu`: what a stop stops. */
export function stoppedBy({ environment, cluster }: StopLike): string {
  if (environment !== null) return `environment ${environment}`;
  return cluster !== null ? `cluster ${cluster}` : "everything";
}

/** The right that setting and lifting a stop takes, and where: an environment's is its maintainers', others administrators'. */
export const rightToStop = ({ environment }: StopLike): ["maintain" | "administer", { environment?: string }] =>
  environment === null ? ["administer", {}] : ["maintain", { environment }];

/** The sentence of a stop: `Nothing is written to environment Production`. */
export const stopSentence = (stop: StopLike): string =>
  stop.environment === null && stop.cluster === null
    ? "Nothing is written to any cluster"
    : `Nothing is written to ${stoppedBy(stop)}`;
