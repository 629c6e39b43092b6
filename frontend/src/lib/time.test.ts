import { describe, expect, it } from "vitest";
import { duration, relativeTime } from "./time";

const now = new Date("2026-11-23T12:00:00Z");
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

describe("relative time", () => {
  it("calls the last five seconds just now", () => expect(relativeTime(before(3), now)).toBe("just now"));
  it("does not round a minute up", () => expect(relativeTime(before(119), now)).toBe("1 minute ago"));
  it("says yesterday", () => expect(relativeTime(before(90_000), now)).toBe("yesterday"));
  it("names a time in the future", () => expect(relativeTime(before(-7300), now)).toBe("in 2 hours"));
});

describe("duration", () => {
  it("shows tenths while they matter", () => expect(duration(440)).toBe("0.4 s"));
  it("never shows 10.0 s", () => expect(duration(9_960)).toBe("10 s"));
  it("pads seconds under minutes", () => expect(duration(185_000)).toBe("3 min 05 s"));
  it("drops seconds under hours", () => expect(duration(7_800_000)).toBe("2 h 10 min"));
});
