import { describe, expect, it } from "vitest";
import { makeOccurrence } from "@/test/gate-factories";
import { midnight, monday, stripOf } from "./calendar";

const from = new Date(2026, 10, 23); // A Monday, by the clock of the browser.
const hours = (amount: number): string => new Date(from.getTime() + amount * 3_600_000).toISOString();
const now = new Date(hours(36));

describe("the strip of a week", () => {
  it("has its days, and marks today and the weekend", () => {
    const { days } = stripOf([], from, 7, now);
    expect(days.map(({ today }) => today)).toEqual([false, true, false, false, false, false, false]);
    expect(days.map(({ weekend }) => weekend)).toEqual([false, false, false, false, false, true, true]);
    expect(days.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(100);
  });
  it("places a window in proportion", () => {
    const bar = stripOf([makeOccurrence({ starts: hours(42), ends: hours(84) })], from, 7, now).lanes[0]!.bars[0]!;
    expect([bar.from, bar.width, bar.cutBefore, bar.cutAfter, bar.open]).toEqual([25, 25, false, false, false]);
  });
  it("cuts what began before it, and what ends after it", () => {
    const bar = stripOf([makeOccurrence({ starts: hours(-10), ends: hours(999) })], from, 7, now).lanes[0]!.bars[0]!;
    expect([bar.from, bar.width, bar.cutBefore, bar.cutAfter, bar.open]).toEqual([0, 100, true, true, true]);
  });
  it("has a lane for each freeze, by name, and none for what is elsewhere", () => {
    const occurrences = [
      makeOccurrence({ freeze: "2", name: "weekends", starts: hours(1), ends: hours(2) }),
      makeOccurrence({ freeze: "1", name: "nights", starts: hours(3), ends: hours(4) }),
      makeOccurrence({ freeze: "2", name: "weekends", starts: hours(5), ends: hours(6) }),
      makeOccurrence({ freeze: "3", name: "later", starts: hours(24 * 7), ends: hours(24 * 8) }),
    ];
    const { lanes } = stripOf(occurrences, from, 7, now);
    expect(lanes.map(({ name, bars }) => [name, bars.length])).toEqual([
      ["nights", 1],
      ["weekends", 2],
    ]);
  });
  it("says where now is, inside only", () => {
    expect(stripOf([], from, 7, now).now).toBeCloseTo((36 / 168) * 100);
    expect(stripOf([], midnight(from, 7), 7, now).now).toBeNull();
  });
});

describe("the Monday of a week", () => {
  it("is the day itself, or up to six days before", () => {
    expect(monday(from)).toEqual(from);
    expect(monday(new Date(2026, 10, 29, 23))).toEqual(from);
  });
});
