import { describe, expect, it } from "vitest";
import { duration, relativeTime } from "./time";

const now = new Date("2026-11-23T12:00:00Z");
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

describe("relative time", () => {
  it("calls the last five seconds just now", () => expect(relativeTime(before(3), now)).toBe("just now"));
  it("does not round a minute up", () => expect(relativeTime(before(119), now)).toBe("1 minute ago"));
  it("counts hours up to two days", () => expect(relativeTime(before(90_000), now)).toBe("25 hours ago"));
  it("names a time in the future", () => expect(relativeTime(before(-7300), now)).toBe("in 2 hours"));
  it.each([
    [7, "in 7 days"],
    [30, "in 30 days"],
    [90, "in 90 days"],
    [365, "in 12 months"],
    [1000, "in 3 years"],
  ])("says of %i days that were chosen a moment ago that they are left", (days, words) =>
    expect(relativeTime(before(-days * 86_400 + 1), now)).toBe(words),
  );
  it("says of less than two days how many hours are left", () =>
    expect(relativeTime(before(-47 * 3600), now)).toBe("in 47 hours"));
});

describe("duration", () => {
  it("shows tenths while they matter", () => expect(duration(440)).toBe("0.4 s"));
  it("never shows 10.0 s", () => expect(duration(9_960)).toBe("10 s"));
  it("pads seconds under minutes", () => expect(duration(185_000)).toBe("3 min 05 s"));
  it("drops seconds under hours", () => expect(duration(7_800_000)).toBe("2 h 10 min"));
});
