import { useEffect, useRef, useState } from "react";
import type { OperationEvent } from "@/api/contract";
import { followOperation, type StreamState } from "@/api/event-stream";

interface Timeline {
  events: readonly OperationEvent[];
  stream: StreamState;
}

/**
 * An operation's timeline from its first event on. `attempt` rises when an operation is tried again after its
 * end; what has been seen is kept and only what is new is asked for.
 */
export function useTimeline(operation: string, attempt: number): Timeline {
  const [events, setEvents] = useState<readonly OperationEvent[]>([]);
  const [stream, setStream] = useState<StreamState>("connecting");
  const seen = useRef(0);

  useEffect(() => {
    // A copy of two hundred resources sends as many events at once: they are shown together, not one render each.
    let arrived: OperationEvent[] = [];
    let flushing: number | undefined;
    const flush = () => {
      flushing = undefined;
      const batch = arrived;
      arrived = [];
      setEvents((before) => [...before, ...batch]);
    };
    const stop = followOperation({
      operation,
      after: seen.current,
      onState: setStream,
      onEvent: (event) => {
        seen.current = event.seq;
        arrived.push(event);
        flushing ??= window.setTimeout(flush, 40);
      },
    });
    return () => {
      stop();
      window.clearTimeout(flushing);
      if (arrived.length > 0) flush();
    };
  }, [operation, attempt]);

  return { events, stream };
}
