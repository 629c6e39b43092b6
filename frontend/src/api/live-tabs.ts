/**
 * One stream for all tabs of a browser, which opens at most six connections to a server over HTTP/1.1. The tab that holds
 * a lock follows the stream and passes on what it says; when it is closed, the browser gives the lock to the next tab, which
 * goes on after the last event. Without locks or channels (a page that came over plain HTTP), each tab that is shown has its
 * own.
 */
import type { LiveEvent } from "./live-stream";
import { whileShown } from "./while-shown";

const NAME = "stagecoach-changes";

type Said =
  /** What the stream said, or that it is lost. */
  | { event: LiveEvent }
  | { lost: true }
  /** A tab that came later asks whether the stream stands. */
  | { asks: true };

interface Sharing {
  follow: (options: { after: string | null; onEvent: (event: LiveEvent) => void; onLost: () => void }) => () => void;
  onEvent: (event: LiveEvent) => void;
  onLost: () => void;
}

export const canShare = (): boolean => "locks" in navigator && "BroadcastChannel" in window;

/** Follows the stream in one of the tabs; the returned function ends this tab's part. */
export function shareChanges({ follow, onEvent, onLost }: Sharing): () => void {
  let last: string | null = null;
  if (!canShare()) {
    const own = (event: LiveEvent) => {
      last = event.id;
      onEvent(event);
    };
    return whileShown(() => follow({ after: last, onEvent: own, onLost }));
  }
  const channel = new BroadcastChannel(NAME);
  const say = (said: Said) => channel.postMessage(said);
  let stands = false;
  let leads = false;

  const take = (event: LiveEvent) => {
    last = event.id;
    stands = true;
    onEvent(event);
  };
  const lose = () => {
    stands = false;
    onLost();
  };
  channel.onmessage = ({ data }: MessageEvent<Said>) => {
    if ("asks" in data) {
      if (leads && stands && last !== null) say({ event: { kind: "stands", id: last } });
    } else if (leads) return;
    else if ("event" in data) take(data.event);
    else lose();
  };

  const ended = new AbortController();
  const lead = () =>
    new Promise<void>((release) => {
      leads = true;
      const unfollow = follow({
        after: last,
        onEvent: (event) => {
          take(event);
          say({ event });
        },
        onLost: () => {
          lose();
          say({ lost: true });
        },
      });
      ended.signal.addEventListener("abort", () => {
        unfollow();
        release();
      });
    });
  navigator.locks
    .request(NAME, { signal: ended.signal }, () => (ended.signal.aborted ? undefined : lead()))
    .catch((error: unknown) => {
      // The wait for the lock was given up, as it has to be when the page is left.
      if (!ended.signal.aborted) throw error;
    });
  say({ asks: true });

  return () => {
    ended.abort();
    channel.close();
  };
}
