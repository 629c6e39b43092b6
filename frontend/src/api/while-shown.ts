/**
 * So long after its tab was hidden, a stream of its own is closed until the tab is shown again: over HTTP/1.1 a browser
 * opens six connections to a server for all its tabs, and six tabs with streams would leave none for anything else.
 */
const HIDDEN_AFTER = 30_000;

/** Starts now and whenever the tab is shown again; what `start` returns stops it. The returned function ends both. */
export function whileShown(start: () => () => void): () => void {
  let stop: (() => void) | undefined = start();
  let hiding: number | undefined;

  const look = () => {
    window.clearTimeout(hiding);
    if (document.visibilityState === "hidden") {
      hiding = window.setTimeout(() => {
        stop?.();
        stop = undefined;
      }, HIDDEN_AFTER);
    } else stop ??= start();
  };

  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    window.clearTimeout(hiding);
    stop?.();
  };
}
