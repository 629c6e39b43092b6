/**
 * Follows an operation's timeline. No event is lost with the connection: the browser's `EventSource` reconnects with the
 * id of the last event. After an error response it stops reconnecting; then this module opens a new one that begins after
 * the last event received.
 */
import { serviceOrigin } from "./client";
import type { OperationEvent } from "./contract";
import { whileShown } from "./while-shown";

export type StreamState = "connecting" | "live" | "lost" | "ended";

/** A record, so that one that is forgotten is an error of types. */
const known: Readonly<Record<OperationEvent["type"], true>> = {
  "operation.queued": true,
  "operation.started": true,
  "operation.cancel-requested": true,
  "operation.retried": true,
  "operation.resumed": true,
  "operation.paused": true,
  "operation.continued": true,
  "operation.undo-requested": true,
  "operation.ended": true,
  "cluster.started": true,
  "cluster.ended": true,
  "resource.applied": true,
  "images.changed": true,
  "rollout.progressed": true,
  "undo.started": true,
  "soak.started": true,
  "soak.ended": true,
  "check.started": true,
  "check.ended": true,
  "hook.started": true,
  "hook.ended": true,
  "image-copy.started": true,
  "image-copy.progressed": true,
  "image-copy.ended": true,
};

/** All event types. `EventSource` delivers a named event only to listeners registered for its name. */
export const eventTypes = Object.keys(known) as OperationEvent["type"][];

/** Renamed types go by their former names until every client has followed (docs/events.md). */
const formerNames: readonly string[] = ["rollback.started"];

const REOPEN_AFTER = [1000, 2000, 4000, 8000];

interface Following {
  operation: string;
  after: number;
  onEvent: (event: OperationEvent) => void;
  onState: (state: StreamState) => void;
}

/** Starts following; the returned function stops it. */
export function followOperation({ operation, after, onEvent, onState }: Following): () => void {
  let last = after;
  let failures = 0;
  let ended = false;
  let source: EventSource;
  let reopening: number | undefined;

  const receive = (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as OperationEvent;
    // After a reconnect the service may repeat the last events.
    if (event.seq <= last) return;
    last = event.seq;
    // A timeline holds one end for each attempt: a retry continues it.
    ended = event.type === "operation.ended";
    onEvent(event);
    if (ended) onState("ended");
  };

  const open = () => {
    onState("connecting");
    source = new EventSource(
      `${serviceOrigin}/api/v1/operations/${encodeURIComponent(operation)}/events?after=${last}`,
      {
        withCredentials: true,
      },
    );
    source.onopen = () => {
      failures = 0;
      onState("live");
    };
    source.onerror = () => {
      if (ended) {
        source.close();
        return;
      }
      onState("lost");
      if (source.readyState !== EventSource.CLOSED) return;
      reopening = window.setTimeout(open, REOPEN_AFTER[Math.min(failures++, REOPEN_AFTER.length - 1)]);
    };
    for (const type of [...eventTypes, ...formerNames]) source.addEventListener(type, receive);
  };

  return whileShown(() => {
    if (!ended) open();
    return () => {
      window.clearTimeout(reopening);
      source.close();
    };
  });
}
