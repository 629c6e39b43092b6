/** Gates, holds and stops: which concern a place, and what they keep from being done. Pure. */
import { exactTime } from "./time";
import { asSentence } from "./words";

interface GateLike {
  kind: "freeze" | "hold" | "stop" | "approval" | "ring";
}

interface SaidGate extends GateLike {
  reason: string;
  /** A time, where it opens by itself. */
  until: string | null;
  opened_by: string;
}

const openings: Record<GateLike["kind"], string> = {
  freeze: "A freeze is in the way",
  hold: "A hold is in the way",
  stop: "An emergency stop is in force",
  approval: "It takes approval",
  ring: "Its strategy waits for a person",
};

/** Which gate is in the way, until when, why, and who can open it: what a button says before it is pressed. */
export function gateSentence({ kind, reason, until, opened_by: openedBy }: SaidGate): string {
  if (kind === "approval") return `${asSentence(reason)} It can be proposed.`;
  const end = until === null ? "" : ` until ${exactTime(new Date(until))}`;
  return `${openings[kind]}${end}: ${asSentence(reason)} ${openedBy}`;
}

/** The gates that keep this kind of change from being started. */
export const gatesFor = <Kind extends string, Gate extends { kinds: readonly Kind[] }>(
  gates: readonly Gate[],
  kind: Kind,
): Gate[] => gates.filter(({ kinds }) => kinds.includes(kind));

/** The gates that keep a plan from being started; a roll-back with a reason passes freezes. */
export const inTheWay = <Gate extends GateLike>(gates: readonly Gate[], reason: string | undefined): Gate[] =>
  gates.filter(({ kind }) => kind !== "freeze" || !reason?.trim());

/** Why a roll-back does nothing without a reason: freezes alone are in its way; null where there is one, or another gate. */
export function blockedByFreeze(gates: readonly GateLike[], reason: string): string | null {
  const left = inTheWay(gates, reason);
  const frozen = left.length > 0 && left.every(({ kind }) => kind === "freeze");
  return frozen ? "A freeze is in the way: give a reason to pass it." : null;
}

/** The gates of other kinds than this one. */
export const beside = <Gate extends GateLike>(kind: Gate["kind"], gates: readonly Gate[]): Gate[] =>
  gates.filter((gate) => gate.kind !== kind);

/** Why a button does nothing while gates are closed; null while none is. */
export function blockedByGates(gates: readonly GateLike[]): string | null {
  const kinds = new Set(gates.map(({ kind }) => kind));
  if (kinds.has("stop")) return "An emergency stop is in force.";
  if (kinds.has("freeze")) return "A freeze is in the way.";
  if (kinds.has("hold")) return "A hold is in the way.";
  return kinds.has("approval") ? "It has to be approved first." : null;
}

/**
 * Why what these gates have paused can neither go on nor be undone now: a stop among them still stands. Of a freeze the
 * service judges: its window may have changed since the pause.
 */
export const stillStopped = (
  gates: readonly (GateLike & { id: string | null })[],
  stops: readonly { id: string }[],
): string | null =>
  blockedByGates(gates.filter(({ kind, id }) => kind === "stop" && stops.some((stop) => stop.id === id)));

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

/** `shop in Production`, or `Production` as a whole: what a hold is on. */
export const heldPlace = ({ application, environment }: HoldLike): string =>
  application ? `${application} in ${environment}` : environment;

/** `Until 2 December: Payments fail.`, what a mark of a hold says where there is no room for a line. */
export const holdHint = ({ until, reason }: { until: string | null; reason: string }): string =>
  `${until ? `Until ${exactTime(new Date(until))}` : "Until somebody lifts it"}: ${reason}`;

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
