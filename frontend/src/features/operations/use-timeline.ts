import { useEffect, useRef, useState } from "react";
import type { OperationEvent } from "@/api/contract";
import { followOperation, type StreamState } from "@/api/event-stream";

interface Timeline {
  events: readonly OperationEvent[];
  stream: StreamState;
}

/**
 * An operation's timeline from its first event. `attempt` increases with each retry of an ended operation: the hook keeps
 * the events received and follows the new ones.
 */
export function useTimeline(operation: string, attempt: number): Timeline {
  const [events, setEvents] = useState<readonly OperationEvent[]>([]);
  const [stream, setStream] = useState<StreamState>("connecting");
  const seen = useRef(0);

  useEffect(() => {
    // A copy of two hundred resources sends as many events at once: a batch of them causes one render.
    let received: OperationEvent[] = [];
    let flushing: number | undefined;
    const flush = () => {
      flushing = undefined;
      const batch = received;
      received = [];
      setEvents((before) => [...before, ...batch]);
    };
    const stop = followOperation({
      operation,
      after: seen.current,
      onState: setStream,
      onEvent: (event) => {
        seen.current = event.seq;
        received.push(event);
        flushing ??= window.setTimeout(flush, 40);
      },
    });
    return () => {
      stop();
      window.clearTimeout(flushing);
      if (received.length > 0) flush();
    };
  }, [operation, attempt]);

  return { events, stream };
}
