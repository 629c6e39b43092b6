/**
 * An operation's progress on each cluster: the operation as last read, updated by the events received since. Pure.
 *
 * The result depends on the operation and its events only: applying an event twice, or reading the operation again in
 * between, leads to the same progress.
 */
import type { Health, Operation, OperationEvent, Outcome, Resource, Right } from "@/api/contract";
import { capitalised, count, listed, shortDigest } from "@/lib/words";
import { healthStatus, outcomeStatus, phaseStatus } from "@/ui/statuses";
import type { Status } from "@/ui/status-badge";

export interface ResourceProgress {
  /** Kind and name: `Deployment/web`. */
  name: string;
  status: Status;
  /** The reason or detail of the status. */
  note: string | null;
  /** The image changes: `web: 1.4.0 → 1.5.0`. */
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
  /** The latest state of each resource and rollout, in the order of their first events. */
  items: ResourceProgress[];
  applied: number;
  /** Whether images were changed here. */
  imagesChanged: boolean;
}

const { waiting, applying, watching, undoing } = phaseStatus;

/** `Deployment/web`. */
export const shortResource = ({ kind, name }: Resource): string => `${kind}/${name}`;

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
    imagesChanged: false,
  };
}

/** The progress after all events, ordered by wave, then in the operation's order of clusters. */
export function clusterProgressOf(operation: Operation, events: readonly OperationEvent[]): ClusterProgress[] {
  const clusters = new Map(operation.clusters.map((each) => [each.cluster, blank(each)]));
  for (const event of events) {
    const progress = event.cluster === null ? undefined : clusters.get(event.cluster);
    if (progress) advance(progress, event);
    // A retry starts again on the clusters that did not succeed, or on those alone that answer again.
    if (event.type === "operation.retried") {
      const alone = Array.isArray(event.data.clusters) ? event.data.clusters : null;
      clusters.forEach((each, name) => (alone === null || alone.includes(name) ? reset(each) : undefined));
    }
  }
  // The operation as read and the events received may be ahead of each other: the one that is ahead wins.
  if (operation.last_event >= (events.at(-1)?.seq ?? 0)) {
    for (const each of operation.clusters) updateFrom(clusters.get(each.cluster)!, each);
  }
  return [...clusters.values()].sort((one, other) => one.wave - other.wave);
}

function reset(progress: ClusterProgress) {
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

function updateFrom(progress: ClusterProgress, known: Operation["clusters"][number]) {
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
      Object.assign(progress, { status: applying, startedAt: event.at, endedAt: null, outcome: null });
      return;
    case "cluster.ended":
      if (isOutcome(event.data.outcome)) end(progress, event.data.outcome, text(event.data.detail), event.at);
      return;
    case "resource.applied":
      progress.applied += 1;
      record(progress, event, appliedStatus(event.data.action), text(event.data.detail));
      return;
    case "images.changed":
      progress.imagesChanged = true;
      record(
        progress,
        event,
        { label: "New images", tone: "busy", icon: "box" },
        null,
        imagesNote(event.data.containers),
      );
      return;
    case "rollout.progressed":
      progress.status = watching;
      record(progress, event, rolloutStatus(event.data.state), text(event.data.message) ?? text(event.data.reason));
      return;
    case "undo.started":
      progress.status = undoing;
      return;
    case "operation.queued":
    case "operation.started":
    case "operation.cancel-requested":
    case "operation.retried":
    case "operation.resumed":
    case "operation.paused":
    case "operation.continued":
    case "soak.started":
    case "soak.ended":
    case "check.started":
    case "check.ended":
    case "hook.started":
    case "hook.ended":
    case "image-copy.started":
    case "image-copy.progressed":
    case "image-copy.ended":
    case "operation.undo-requested":
    case "operation.ended":
      return;
  }
}

/** Its owner has what was handed over to it, and brings it. */
const handedOver: Status = { label: "Handed over", tone: "busy", icon: "clock" };

function rolloutStatus(state: unknown): Status {
  if (state === "handed-over") return handedOver;
  return isHealth(state) ? healthStatus[state] : applying;
}

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

/** The tag of a reference, or its short digest if it has no tag. */
function versionOf(reference: string): string {
  const [name = "", digest] = reference.split("@");
  const tag = name.slice(name.lastIndexOf("/") + 1).split(":")[1];
  return tag ?? (digest ? shortDigest(digest) : name);
}

function record(
  progress: ClusterProgress,
  event: OperationEvent,
  status: Status,
  note: string | null,
  change: string | null = null,
) {
  const name = event.resource_ref ? shortResource(event.resource_ref) : "namespace";
  const index = progress.items.findIndex((each) => each.name === name);
  const item = { name, status, note, change: change ?? progress.items[index]?.change ?? null, at: event.at };
  if (index < 0) progress.items.push(item);
  else progress.items[index] = item;
}

/** The operation's state after the events received since it was read. */
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
      return `Rollback of ${application} in ${environment}`;
    case "restart":
      return `Restart of ${application} in ${environment}`;
    case "deploy":
      return `Deployment of ${application} in ${environment}`;
    case "adopt":
      return `Adoption of ${application} in ${environment}`;
  }
}

/** A summary in one sentence: `2 clusters: 1 failed and 1 waiting.` */
export function summaryOf(clusters: readonly ClusterProgress[]): string {
  const by = new Map<string, number>();
  for (const progress of clusters) {
    const word =
      progress.outcome === null ? (progress.startedAt ? "running" : "waiting") : progress.status.label.toLowerCase();
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

/** The clusters that a retry runs on: those that did not succeed. */
export const notSucceeded = (operation: Operation): string[] =>
  operation.clusters
    .filter((each) => each.outcome !== "succeeded" && each.outcome !== "unchanged")
    .map((each) => each.cluster);

/** Who may start an operation of its kind may decide about it: cancel, retry, continue and undo it. */
export const rightFor = ({ kind }: Pick<Operation, "kind">): Right =>
  kind === "import" || kind === "configure" ? "maintain" : "promote";

const nothingStands: readonly (Outcome | null)[] = ["unchanged", "rolled-back", "skipped"];

/** Whether an ended operation has brought images that may still run somewhere. Its page says which. */
export const mayBePutBack = ({ kind, state, clusters }: Operation): boolean =>
  (kind === "promotion" || kind === "deploy") &&
  isEnd(state) &&
  clusters.some(({ outcome, started_at: started }) => started !== null && !nothingStands.includes(outcome));

/** The operations, of these that come newest first, from which a step back is offered: the last one of each place. */
export function stepsBack(operations: readonly Operation[]): Set<string> {
  const seen = new Set<string>();
  const offered = new Set<string>();
  for (const operation of operations) {
    const place = `${operation.application}\n${operation.environment}`;
    if (seen.has(place) || !changesImages(operation)) continue;
    seen.add(place);
    if (mayBePutBack(operation)) offered.add(operation.id);
  }
  return offered;
}

const changesImages = ({ kind }: Operation): boolean =>
  kind === "promotion" || kind === "deploy" || kind === "rollback";
