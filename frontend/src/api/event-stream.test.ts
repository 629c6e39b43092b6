import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeEvents } from "@/test/operation-factories";
import type { OperationEvent } from "./contract";
import { followOperation } from "./event-stream";

/** An EventSource that the test controls. */
class FakeSource extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static opened: FakeSource[] = [];
  readyState = FakeSource.CONNECTING;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(readonly url: string) {
    super();
    FakeSource.opened.push(this);
  }
  close() {
    this.readyState = FakeSource.CLOSED;
  }
  say(event: OperationEvent) {
    this.dispatchEvent(new MessageEvent(event.type, { data: JSON.stringify(event) }));
  }
  fail(readyState: number) {
    this.readyState = readyState;
    this.onerror?.();
  }
}

describe("following an operation", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", FakeSource);
    FakeSource.opened = [];
  });
  afterEach(() => {
    stops.splice(0).forEach((stop) => stop());
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  const stops: (() => void)[] = [];
  const follow = () => {
    const seen: number[] = [];
    const states: string[] = [];
    const stop = followOperation({
      operation: "op-1",
      after: 0,
      onEvent: ({ seq }) => seen.push(seq),
      onState: (state) => states.push(state),
    });
    stops.push(stop);
    return { seen, states, stop, source: () => FakeSource.opened.at(-1)! };
  };
  const [first, second, end] = makeEvents(
    { type: "operation.started" },
    { type: "cluster.started" },
    { type: "operation.ended" },
  );

  it("delivers an event once, even if a reconnect repeats it", () => {
    const { seen, source } = follow();
    source().say(first!);
    source().say(first!);
    source().say(second!);
    expect(seen).toEqual([1, 2]);
  });

  it("opens a new stream after the last event received when the browser has stopped reconnecting", () => {
    const { source, states } = follow();
    source().say(first!);
    source().fail(FakeSource.CLOSED);
    vi.advanceTimersByTime(1000);
    expect([FakeSource.opened.length, source().url.endsWith("?after=1"), states.includes("lost")]).toEqual([
      2,
      true,
      true,
    ]);
  });

  it("opens no stream while the browser reconnects", () => {
    const { source } = follow();
    source().fail(FakeSource.CONNECTING);
    vi.advanceTimersByTime(10_000);
    expect(FakeSource.opened).toHaveLength(1);
  });

  it("closes the stream after the end of the operation", () => {
    const { source, states } = follow();
    source().say(end!);
    source().fail(FakeSource.CONNECTING);
    expect([states.at(-1), source().readyState]).toEqual(["ended", FakeSource.CLOSED]);
  });

  it("opens no stream after it was stopped", () => {
    const { source, stop } = follow();
    source().fail(FakeSource.CLOSED);
    stop();
    vi.advanceTimersByTime(10_000);
    expect(FakeSource.opened).toHaveLength(1);
  });

  it("rests while its tab is hidden for long, and goes on after the last event when the tab is shown", () => {
    const { source, states } = follow();
    const show = (state: DocumentVisibilityState) => {
      vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
      document.dispatchEvent(new Event("visibilitychange"));
    };
    source().say(first!);
    show("hidden");
    vi.advanceTimersByTime(29_000);
    show("visible");
    vi.advanceTimersByTime(60_000);
    expect(FakeSource.opened).toHaveLength(1);
    show("hidden");
    vi.advanceTimersByTime(30_000);
    expect([source().readyState, states.includes("lost")]).toEqual([FakeSource.CLOSED, false]);
    show("visible");
    expect([FakeSource.opened.length, source().url.endsWith("?after=1")]).toEqual([2, true]);
  });
});
