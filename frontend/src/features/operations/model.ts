/**
 * An operation as clusters: what is known of it from the service, moved on by the events that arrived since. Pure.
 *
 * Events only ever add; applying one twice or reading the operation again in the middle leads to the same clusters.
 */
import type { Health, Operation, OperationEvent, Outcome } from "@/api/contract";
import { capitalised, count, listed, shortDigest } from "@/lib/words";
import { healthStatus, outcomeStatus } from "@/ui/statuses";
import type { Status } from "@/ui/status-badge";

export interface ResourceProgress {
  /** As `Deployment/web`. */
  name: string;
  status: Status;
  /** In plain words, where there is more to say than the status. */
  note: string | null;
  /** What was changed of it, as `web: 1.4.0 → 1.5.0`. */
  change: string | null;
  at: string;
}

export interface ClusterProgress {
  cluster: string;
  wave: number;
  status: Status;
  outcome: Outcome | null;
  detail: string | null;
  startedAt: string | null;
  endedAt: string | null;
  /** The newest state of each resource and rollout, in the order in which they first appeared. */
  items: ResourceProgress[];
  applied: number;
}

const waiting: Status = { label: "Waiting", tone: "idle", icon: "clock" };
const working: Status = { label: "Working", tone: "busy", icon: "spin" };
const watching: Status = { label: "Watching rollouts", tone: "busy", icon: "spin" };
const undoing: Status = { label: "Rolling back", tone: "warn", icon: "back" };

/** `apps/v1/Deployment/web` → `Deployment/web`. */
export const shortResource = (resource: string): string => resource.split("/").slice(-2).join("/");

const isHealth = (state: unknown): state is Health => typeof state === "string" && state in healthStatus;
const isOutcome = (outcome: unknown): outcome is Outcome => typeof outcome === "string" && outcome in outcomeStatus;
const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

function blank(cluster: Operation["clusters"][number]): ClusterProgress {
  return {
    cluster: cluster.cluster,
    wave: cluster.wave,
    status: waiting,
    outcome: null,
    detail: null,
    startedAt: null,
    endedAt: null,
    items: [],
    applied: 0,
  };
}

/** The clusters after all events, ordered by wave and then as the operation names its clusters. */
export function clusterProgressOf(operation: Operation, events: readonly OperationEvent[]): ClusterProgress[] {
  const clusters = new Map(operation.clusters.map((each) => [each.cluster, blank(each)]));
  for (const event of events) {
    const progress = event.cluster === null ? undefined : clusters.get(event.cluster);
    if (progress) advance(progress, event);
    // A retry starts anew wherever it did not go well.
    if (event.type === "operation.retried") clusters.forEach(forget);
  }
  // Whichever has seen more of the timeline is right: the operation as it was read, or the events that arrived.
  if (operation.last_event >= (events.at(-1)?.seq ?? 0)) {
    for (const each of operation.clusters) settle(clusters.get(each.cluster)!, each);
  }
  return [...clusters.values()].sort((one, other) => one.wave - other.wave);
}

function forget(progress: ClusterProgress) {
  if (progress.outcome === "succeeded" || progress.outcome === "unchanged") return;
  Object.assign(progress, {
    status: waiting,
    outcome: null,
    detail: null,
    startedAt: null,
    endedAt: null,
    items: [],
    applied: 0,
  });
}

const phaseStatus: Record<Operation["clusters"][number]["phase"], Status> = {
  waiting,
  applying: working,
  watching,
  undoing,
  ended: working,
};

function settle(progress: ClusterProgress, known: Operation["clusters"][number]) {
  progress.startedAt = known.started_at;
  if (known.outcome !== null) end(progress, known.outcome, known.detail, known.ended_at);
  else Object.assign(progress, { status: phaseStatus[known.phase], outcome: null, endedAt: null });
}

function end(progress: ClusterProgress, outcome: Outcome, detail: string | null, at: string | null) {
  progress.outcome = outcome;
  progress.status = outcomeStatus[outcome];
  progress.detail = detail ?? progress.detail;
  progress.endedAt = at;
}

function advance(progress: ClusterProgress, event: OperationEvent) {
  switch (event.type) {
    case "cluster.started":
      Object.assign(progress, { status: working, startedAt: event.at, endedAt: null, outcome: null });
      return;
    case "cluster.ended":
      if (isOutcome(event.data.outcome)) end(progress, event.data.outcome, text(event.data.detail), event.at);
      return;
    case "resource.applied":
      progress.applied += 1;
      place(progress, event, appliedStatus(event.data.action), text(event.data.detail));
      return;
    case "images.changed":
      place(
        progress,
        event,
        { label: "New images", tone: "busy", icon: "box" },
        null,
        imagesNote(event.data.containers),
      );
      return;
    case "rollout.progressed":
      progress.status = watching;
      place(progress, event, rolloutStatus(event.data.state), text(event.data.message) ?? text(event.data.reason));
      return;
    case "undo.started":
      progress.status = undoing;
      return;
    case "operation.queued":
    case "operation.started":
    case "operation.cancel-requested":
    case "operation.retried":
    case "operation.resumed":
    case "operation.ended":
      return;
  }
}

const rolloutStatus = (state: unknown): Status => (isHealth(state) ? healthStatus[state] : working);

function appliedStatus(action: unknown): Status {
  if (action === "unchanged") return { label: "No change", tone: "idle", icon: "dash" };
  if (action === "create" || action === "created") return { label: "Created", tone: "good", icon: "check" };
  return { label: "Applied", tone: "good", icon: "check" };
}

interface ImageChange {
  container: string;
  before: string;
  after: string;
}

const isImageChange = (value: unknown): value is ImageChange =>
  typeof value === "object" && value !== null && "container" in value && "before" in value && "after" in value;

/** `web: 1.4.0 → 1.5.0`. */
function imagesNote(containers: unknown): string | null {
  if (!Array.isArray(containers)) return null;
  const changes = containers.filter(isImageChange);
  return (
    listed(changes.map(({ container, before, after }) => `${container}: ${versionOf(before)} → ${versionOf(after)}`)) ||
    null
  );
}

/** The tag of a reference, or the beginning of its digest where it has none. */
function versionOf(reference: string): string {
  const [name = "", digest] = reference.split("@");
  const tag = name.slice(name.lastIndexOf("/") + 1).split(":")[1];
  return tag ?? (digest ? shortDigest(digest) : name);
}

function place(
  progress: ClusterProgress,
  event: OperationEvent,
  status: Status,
  note: string | null,
  change: string | null = null,
) {
  const name = event.resource === null ? "namespace" : shortResource(event.resource);
  const index = progress.items.findIndex((each) => each.name === name);
  const item = { name, status, note, change: change ?? progress.items[index]?.change ?? null, at: event.at };
  if (index < 0) progress.items.push(item);
  else progress.items[index] = item;
}

/** The newest state of the operation, known before it is read again. */
export function stateAfter(operation: Operation, events: readonly OperationEvent[]): Operation["state"] {
  let { state } = operation;
  for (const { seq, type, data } of events) {
    if (seq <= operation.last_event) continue;
    if (type === "operation.started" || type === "operation.retried") state = "running";
    if (type === "operation.ended" && isEnd(data.state)) state = data.state;
  }
  return state;
}

type End = "succeeded" | "failed" | "cancelled";
const isEnd = (state: unknown): state is End => state === "succeeded" || state === "failed" || state === "cancelled";

export const hasEnded = (state: Operation["state"]): state is End => isEnd(state);

/** `Promotion of shop from Staging to Production`. */
export function titleOf(operation: Operation): string {
  const { application, environment, source_environment: source } = operation;
  switch (operation.kind) {
    case "promotion":
      return `Promotion of ${application}${source ? ` from ${source}` : ""} to ${environment}`;
    case "import":
      return `Import of ${application}${source ? ` from ${source}` : ""} to ${environment}`;
    case "configure":
      return `Configuration of ${application} in ${environment}`;
    case "rollback":
      return `Roll-back of ${application} in ${environment}`;
    case "deploy":
      return `Deployment of ${application} in ${environment}`;
    case "adopt":
      return `Adoption of ${application} in ${environment}`;
  }
}

/** How it stands in one sentence: `1 of 2 clusters done, 1 working.` */
export function summaryOf(clusters: readonly ClusterProgress[]): string {
  const by = new Map<string, number>();
  for (const progress of clusters) {
    const word =
      progress.outcome === null ? (progress.startedAt ? "under way" : "waiting") : progress.status.label.toLowerCase();
    by.set(word, (by.get(word) ?? 0) + 1);
  }
  if (by.size === 1) {
    const [word] = by.keys();
    return clusters.length === 1
      ? `${capitalised(word!)} on ${clusters[0]!.cluster}.`
      : `All ${clusters.length} clusters: ${word}.`;
  }
  return `${count(clusters.length, "cluster")}: ${listed([...by].map(([word, amount]) => `${amount} ${word}`))}.`;
}

/** The clusters that a retry would touch. */
export const notGood = (operation: Operation): string[] =>
  operation.clusters
    .filter((each) => each.outcome !== "succeeded" && each.outcome !== "unchanged")
    .map((each) => each.cluster);
