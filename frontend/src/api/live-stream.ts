/**
 * Follows the stream of changes (docs/events.md). The browser's `EventSource` reconnects with the id of the last event;
 * after an error response, or when nothing is heard any more, this module opens a new one that goes on after that event.
 */
import { serviceOrigin } from "./client";
import type { StreamedChanges } from "./contract";

/** What a stream says: `reset` where anything may have changed; `stands` where nothing has, or all of it was told. */
export type LiveEvent =
  | { kind: "reset"; id: string }
  | { kind: "stands"; id: string }
  | { kind: "changed"; id: string; changes: StreamedChanges["changes"] };

const REOPEN_AFTER = [1000, 2000, 4000, 8000, 15_000];
/** The service says something every 15 seconds. */
const SILENT_AFTER = 40_000;

interface Following {
  after: string | null;
  onEvent: (event: LiveEvent) => void;
  onLost: () => void;
}

/** Starts following; the returned function stops it. */
export function followChanges({ after, onEvent, onLost }: Following): () => void {
  let last = after;
  let failures = 0;
  let source: EventSource;
  let reopening: number | undefined;
  let silence: number | undefined;

  const listen = () => {
    window.clearTimeout(silence);
    silence = window.setTimeout(() => reopen(0), SILENT_AFTER);
  };

  const hear = (kind: LiveEvent["kind"]) => (message: MessageEvent<string>) => {
    failures = 0;
    last = message.lastEventId;
    listen();
    if (kind === "changed") onEvent({ kind, id: last, changes: (JSON.parse(message.data) as StreamedChanges).changes });
    else onEvent({ kind, id: last });
  };

  const reopen = (delay: number) => {
    window.clearTimeout(silence);
    source.close();
    onLost();
    reopening = window.setTimeout(open, delay);
  };

  const open = () => {
    const query = last ? `?after=${encodeURIComponent(last)}` : "";
    source = new EventSource(`${serviceOrigin}/api/v1/events${query}`, { withCredentials: true });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) {
        reopen(REOPEN_AFTER[Math.min(failures++, REOPEN_AFTER.length - 1)]!);
      } else onLost();
    };
    source.addEventListener("reset", hear("reset"));
    source.addEventListener("resumed", hear("stands"));
    source.addEventListener("heartbeat", hear("stands"));
    source.addEventListener("changed", hear("changed"));
    listen();
  };

  open();
  return () => {
    window.clearTimeout(reopening);
    window.clearTimeout(silence);
    source.close();
  };
}
