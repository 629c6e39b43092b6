import { useSyncExternalStore } from "react";

// One timer for the whole page. It ticks each second, and only while a component shows a relative time.
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

/** The result of `derive` for the current time in milliseconds; renders again only when the result changes. */
export function useClock<Derived extends string | number>(derive: (now: number) => Derived): Derived {
  return useSyncExternalStore(subscribe, () => derive(now));
}
