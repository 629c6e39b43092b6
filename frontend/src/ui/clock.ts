import { useSyncExternalStore } from "react";

// One clock for the whole page, ticking by the second, and only while something that shows time is on it.
const listeners = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

function tick() {
  now = Date.now();
  listeners.forEach((tell) => tell());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    now = Date.now();
    timer = window.setInterval(tick, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

/** What `derive` makes of the current time in milliseconds; renders again only when that changes. */
export function useClock<Derived extends string | number>(derive: (now: number) => Derived): Derived {
  return useSyncExternalStore(subscribe, () => derive(now));
}
