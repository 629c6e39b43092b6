import { describe, expect, it } from "vitest";
import { makeEntry } from "@/test/timeline-factories";
import { byDay, kindsOf, spanFault, spanOf, statusOf, topicNames, topics } from "./model";

// By the clock of the browser, whatever its zone.
const local = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute);
const iso = (day: number, hour: number) => local(day, hour).toISOString();

describe("the span of time that is asked for", () => {
  it.each([
    ["by day", local(27, 14), { from: iso(26, 18), to: iso(27, 8) }],
    ["in the evening", local(27, 22), { from: iso(26, 18), to: iso(27, 8) }],
    ["in the night itself, which goes on", local(27, 3), { from: iso(26, 18) }],
  ])("is last night, %s", (_, now, span) => {
    expect(spanOf({ range: "night" }, now, "UTC")).toEqual(span);
  });

  it("is a day without being said, a week, or all that is kept", () => {
    expect(spanOf({}, local(27, 14), "UTC")).toEqual({ from: iso(26, 14) });
    expect(spanOf({ range: "7d" }, local(27, 14), "UTC")).toEqual({ from: iso(20, 14) });
    expect(spanOf({ range: "all" }, local(27, 14), "UTC")).toEqual({});
  });

  it("is what was picked, by the clock of the zone, as far as it is a time", () => {
    const picked = { range: "picked", from: "2026-11-27T02:00", to: "soon" } as const;
    expect(spanOf(picked, local(27, 14), "Europe/Berlin")).toEqual({ from: "2026-11-27T01:00:00.000Z" });
  });

  it("has to end after it begins", () => {
    const picked = { range: "picked", from: "2026-11-27T02:00", to: "2026-11-27T02:00" } as const;
    expect(spanFault(picked)).toBe("The end has to be after the beginning.");
    expect(spanFault({ ...picked, to: "2026-11-27T02:01" })).toBeNull();
    expect(spanFault({ ...picked, range: "7d" })).toBeNull();
  });
});

describe("the kinds that are shown", () => {
  it("are all, or those of the topics with what was left out", () => {
    expect(kindsOf(undefined)).toBeUndefined();
    expect(kindsOf([])).toBeUndefined();
    expect(kindsOf(["scaling", "drift"])).toEqual(["scaling", "drift", "skew", "omitted"]);
  });

  it("are each of one topic", () => {
    const all = topicNames.flatMap((topic) => [...topics[topic]]);
    expect(new Set(all).size).toBe(all.length);
  });

  it("have a badge, also one that this console does not know", () => {
    expect(statusOf({ kind: "restart", tone: "bad" })).toMatchObject({ label: "Restart", tone: "bad" });
    const next = { kind: "of-the-next-release", tone: "of-it-as-well" } as never;
    expect(statusOf(next)).toEqual({ label: "of-the-next-release", icon: "info", tone: "idle" });
  });
});

describe("entries", () => {
  it("are in days of the browser's clock, in their order", () => {
    const entries = [local(27, 1), local(27, 0), local(26, 23, 59)].map((at, index) =>
      makeEntry({ id: `e-${index}`, at: at.toISOString() }),
    );
    expect(byDay(entries).map(({ label, entries: found }) => [label, found.map(({ id }) => id)])).toEqual([
      ["Friday 27 November 2026", ["e-0", "e-1"]],
      ["Thursday 26 November 2026", ["e-2"]],
    ]);
  });
});
