/** Keeps what the page shows up to date, as the stream of changes tells. */
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { concerned, covered, createRefresher } from "./live-queries";
import { liveStatus, type LiveStatus } from "./live-status";
import { followChanges } from "./live-stream";
import { shareChanges } from "./live-tabs";

/** A stream that ends is mostly there again a moment later. */
const GRACE = 5000;
/** A tab that follows another one hears something every 15 seconds. */
const SILENT_AFTER = 45_000;

export const useLiveStatus = (): LiveStatus => useSyncExternalStore(liveStatus.subscribe, liveStatus.now);

/** Connects the cache with the stream; the returned function disconnects it. */
export function connectLive(queryClient: QueryClient): () => void {
  if (!("EventSource" in window)) return () => undefined;
  const refresh = createRefresher(queryClient);
  let losing: number | undefined;
  let silence: number | undefined;
  let heard = false;

  /** It stands again: how long it was lost is forgotten. */
  const stand = () => {
    window.clearTimeout(losing);
    losing = undefined;
    window.clearTimeout(silence);
    silence = window.setTimeout(lose, SILENT_AFTER);
    liveStatus.stands();
  };
  const lose = () => {
    if (losing !== undefined) return;
    const at = Date.now();
    losing = window.setTimeout(() => {
      const wasLive = liveStatus.now().live;
      liveStatus.lost(at);
      // What changed meanwhile was not told; and queries that are read begin to poll again.
      if (wasLive) refresh(covered);
    }, GRACE);
  };

  lose();
  const stop = shareChanges({
    follow: followChanges,
    onLost: lose,
    onEvent: (event) => {
      stand();
      // A tab that joins another one's stream has read its page a moment before: what changed in between was not told.
      if (event.kind === "reset" || !heard) refresh(covered);
      heard = true;
      if (event.kind === "changed") refresh(event.changes.flatMap(concerned));
    },
  });
  return () => {
    stop();
    window.clearTimeout(losing);
    window.clearTimeout(silence);
    liveStatus.off();
  };
}
