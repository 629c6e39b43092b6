import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "./keys";
import { connectLive } from "./live";
import { liveStatus, orWhenOneEnds, whileNotLive } from "./live-status";
import { followChanges, type LiveEvent } from "./live-stream";
import { shareChanges } from "./live-tabs";

/** An EventSource that the test controls. */
class FakeSource extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static opened: FakeSource[] = [];
  readyState = FakeSource.CONNECTING;
  onerror: (() => void) | null = null;
  constructor(readonly url: string) {
    super();
    FakeSource.opened.push(this);
  }
  static get last() {
    return FakeSource.opened.at(-1)!;
  }
  close() {
    this.readyState = FakeSource.CLOSED;
  }
  say(name: string, id: string, changes: unknown[] = []) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify({ changes }), lastEventId: id }));
  }
  fail(readyState: number) {
    this.readyState = readyState;
    this.onerror?.();
  }
}

/** Channels of one browser: what a tab says, the others hear at once. */
class FakeChannel {
  static all: FakeChannel[] = [];
  onmessage: ((message: { data: unknown }) => void) | null = null;
  constructor(readonly name: string) {
    FakeChannel.all.push(this);
  }
  postMessage(data: unknown) {
    for (const each of FakeChannel.all) if (each !== this) each.onmessage?.({ data: structuredClone(data) });
  }
  close() {
    FakeChannel.all = FakeChannel.all.filter((each) => each !== this);
  }
}

/** The lock of one browser: who asks first has it until its promise ends. */
function fakeLocks() {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    request: (_name: string, { signal }: { signal: AbortSignal }, hold: () => Promise<void> | undefined) => {
      const mine = turn.then(() => (signal.aborted ? undefined : hold()));
      turn = mine;
      return mine;
    },
  };
}

const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  FakeSource.opened = [];
  FakeChannel.all = [];
});
afterEach(() => {
  liveStatus.off();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const withTabs = () => {
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  vi.stubGlobal("navigator", Object.create(navigator, { locks: { value: fakeLocks() } }) as Navigator);
};

describe("following the stream", () => {
  const follow = (after: string | null = null) => {
    const heard: LiveEvent[] = [];
    let lost = 0;
    const stop = followChanges({ after, onEvent: (event) => heard.push(event), onLost: () => (lost += 1) });
    return { heard, lost: () => lost, stop };
  };

  it("goes on after the last event when the browser has stopped reconnecting", () => {
    const { heard, stop } = follow();
    FakeSource.last.say("reset", "a-1");
    FakeSource.last.say("changed", "a-2", [{ topic: "stop" }]);
    FakeSource.last.fail(FakeSource.CLOSED);
    vi.advanceTimersByTime(1000);
    expect(heard.map(({ kind }) => kind)).toEqual(["reset", "changed"]);
    expect(FakeSource.opened.map(({ url }) => url.split("/events")[1])).toEqual(["", "?after=a-2"]);
    stop();
  });

  it("leaves reconnecting to the browser as long as it does", () => {
    const { lost, stop } = follow();
    FakeSource.last.fail(FakeSource.CONNECTING);
    vi.advanceTimersByTime(10_000);
    expect([FakeSource.opened.length, lost()]).toEqual([1, 1]);
    stop();
  });

  it("opens another stream when nothing is heard for long", () => {
    const { lost, stop } = follow();
    FakeSource.last.say("reset", "a-1");
    vi.advanceTimersByTime(30_000);
    FakeSource.last.say("heartbeat", "a-9");
    vi.advanceTimersByTime(30_000);
    expect(FakeSource.opened).toHaveLength(1);
    vi.advanceTimersByTime(20_000);
    expect([FakeSource.opened.length, lost()]).toEqual([2, 1]);
    expect(FakeSource.last.url).toContain("after=a-9");
    stop();
    vi.advanceTimersByTime(100_000);
    expect(FakeSource.opened).toHaveLength(2);
  });
});

describe("sharing the stream among tabs", () => {
  const tab = () => {
    const heard: string[] = [];
    const stop = shareChanges({
      follow: followChanges,
      onEvent: ({ kind, id }) => heard.push(`${kind} ${id}`),
      onLost: () => heard.push("lost"),
    });
    return { heard, stop };
  };

  it("opens one stream, of which every tab hears, also one that comes later", async () => {
    withTabs();
    const [first, second] = [tab(), tab()];
    await settled();
    FakeSource.last.say("reset", "a-1");
    const third = tab();
    FakeSource.last.say("changed", "a-2");
    FakeSource.last.fail(FakeSource.CONNECTING);
    expect(FakeSource.opened).toHaveLength(1);
    expect(first.heard).toEqual(["reset a-1", "changed a-2", "lost"]);
    expect(second.heard).toEqual(["reset a-1", "stands a-1", "changed a-2", "lost"]);
    expect(third.heard).toEqual(["stands a-1", "changed a-2", "lost"]);
    [first, second, third].forEach(({ stop }) => stop());
  });

  it("goes on in another tab after the last event when the first is closed", async () => {
    withTabs();
    const [first, second] = [tab(), tab()];
    await settled();
    FakeSource.last.say("reset", "a-1");
    first.stop();
    await settled();
    expect(FakeSource.opened).toHaveLength(2);
    expect(FakeSource.last.url).toContain("after=a-1");
    FakeSource.last.say("changed", "a-2");
    expect(second.heard).toEqual(["reset a-1", "changed a-2"]);
    second.stop();
  });

  it("does not wait for the lock once the tab is left", async () => {
    withTabs();
    const [first, second] = [tab(), tab()];
    second.stop();
    await settled();
    first.stop();
    await settled();
    expect(FakeSource.opened).toHaveLength(1);
  });

  it("has a stream for each tab where the browser cannot share", () => {
    vi.stubGlobal("BroadcastChannel", undefined);
    Reflect.deleteProperty(window, "BroadcastChannel");
    const [first, second] = [tab(), tab()];
    expect(FakeSource.opened).toHaveLength(2);
    first.stop();
    second.stop();
  });

  it("has none for a tab that was hidden for long, which goes on after the last event once it is shown", () => {
    vi.stubGlobal("BroadcastChannel", undefined);
    Reflect.deleteProperty(window, "BroadcastChannel");
    const { stop } = tab();
    const show = (state: DocumentVisibilityState) => {
      vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
      document.dispatchEvent(new Event("visibilitychange"));
    };
    FakeSource.last.say("reset", "a-1");
    show("hidden");
    vi.advanceTimersByTime(31_000);
    expect(FakeSource.last.readyState).toBe(FakeSource.CLOSED);
    show("visible");
    expect([FakeSource.opened.length, FakeSource.last.url.endsWith("?after=a-1")]).toEqual([2, true]);
    stop();
  });
});

describe("the page", () => {
  const page = () => {
    const queryClient = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
    const read = { stops: 0, holds: 0 };
    const shown = [
      new QueryObserver(queryClient, { queryKey: keys.stops, queryFn: () => ++read.stops }),
      new QueryObserver(queryClient, { queryKey: keys.holds, queryFn: () => ++read.holds }),
    ].map((observer) => observer.subscribe(() => undefined));
    const disconnect = connectLive(queryClient);
    return {
      read,
      leave: () => {
        disconnect();
        shown.forEach((each) => each());
      },
    };
  };

  it("reads what a change concerns, and nothing else; and all of it after a reset", async () => {
    withTabs();
    const { read, leave } = page();
    await settled();
    FakeSource.last.say("reset", "a-1");
    await vi.advanceTimersByTimeAsync(3000);
    const before = { ...read };
    FakeSource.last.say("changed", "a-2", [{ topic: "stop", application: null, environment: null, id: "1" }]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(read).toEqual({ stops: before.stops + 1, holds: before.holds });
    FakeSource.last.say("reset", "b-1");
    await vi.advanceTimersByTimeAsync(1000);
    expect(read).toEqual({ stops: before.stops + 2, holds: before.holds + 1 });
    leave();
  });

  it("reads all of it when it joins the stream of another tab, for it may have changed since the page was read", async () => {
    withTabs();
    const first = page();
    await settled();
    FakeSource.last.say("reset", "a-1");
    const second = page();
    await vi.advanceTimersByTimeAsync(1000);
    expect([FakeSource.opened.length, second.read]).toEqual([1, { stops: 2, holds: 2 }]);
    first.leave();
    second.leave();
  });

  it("polls again, and says since when, only after the stream was lost for some seconds", async () => {
    withTabs();
    const { read, leave } = page();
    await settled();
    expect(whileNotLive(3000)()).toBe(3000);
    FakeSource.last.say("resumed", "a-1");
    expect(whileNotLive(3000)()).toBe(false);
    FakeSource.last.fail(FakeSource.CONNECTING);
    await vi.advanceTimersByTimeAsync(4000);
    FakeSource.last.say("resumed", "a-2");
    await vi.advanceTimersByTimeAsync(4000);
    expect(liveStatus.now()).toEqual({ live: true, lostAt: null });
    const lostAt = Date.now();
    FakeSource.last.fail(FakeSource.CONNECTING);
    await vi.advanceTimersByTimeAsync(6000);
    expect(liveStatus.now()).toEqual({ live: false, lostAt });
    expect(whileNotLive(3000)()).toBe(3000);
    expect(read).toEqual({ stops: 4, holds: 4 });
    FakeSource.last.say("reset", "b-1");
    expect(liveStatus.now().live).toBe(true);
    leave();
    expect(liveStatus.now()).toEqual({ live: false, lostAt: null });
  });

  it("reads gates again when the first of them ends, of which no change tells", () => {
    const interval = orWhenOneEnds(30_000, (gates: { until: string | null }[]) => gates);
    const until = (seconds: number) => ({ until: new Date(Date.now() + seconds * 1000).toISOString() });
    const data = [until(90), until(60), { until: null }, until(-3600)];
    expect(interval({ state: { data } })).toBe(30_000);
    liveStatus.stands();
    expect(interval({ state: { data } })).toBe(61_000);
    expect(interval({ state: { data: [{ until: null }] } })).toBe(false);
    expect(interval({ state: { data: undefined } })).toBe(false);
  });
});
