import { describe, expect, it } from "vitest";
import { momentOf, spanIn } from "./zones";

const now = new Date("2026-12-01T12:00:00Z");

describe("a span by the clock of a zone", () => {
  const weekend = [new Date("2026-11-27T14:00:00Z"), new Date("2026-11-30T06:00:00Z")] as const;

  it("is told as the people of that zone read it", () => {
    expect(spanIn("Europe/Berlin", ...weekend, now)).toBe("Fri 27 Nov, 15:00 – Mon 30 Nov, 07:00");
    expect(spanIn("America/New_York", ...weekend, now)).toBe("Fri 27 Nov, 09:00 – Mon 30 Nov, 01:00");
  });
  it("names one day once", () =>
    expect(spanIn("UTC", new Date("2026-12-02T09:00:00Z"), new Date("2026-12-02T17:00:00Z"), now)).toBe(
      "Wed 2 Dec, 09:00 – 17:00",
    ));
  it("names another year", () =>
    expect(spanIn("UTC", new Date("2026-12-31T09:00:00Z"), new Date("2027-01-02T09:00:00Z"), now)).toBe(
      "Thu 31 Dec, 09:00 – Sat 2 Jan 2027, 09:00",
    ));
});

describe("the moment of a wall clock", () => {
  it("follows the offset of its date", () => {
    expect(momentOf("2026-07-01T15:00", "Europe/Berlin").toISOString()).toBe("2026-07-01T13:00:00.000Z");
    expect(momentOf("2026-12-01T15:00", "Europe/Berlin").toISOString()).toBe("2026-12-01T14:00:00.000Z");
    expect(momentOf("2026-12-01T15:00", "Asia/Kolkata").toISOString()).toBe("2026-12-01T09:30:00.000Z");
  });
  it("that the clock skips is read with the offset before the change", () => {
    expect(momentOf("2026-03-29T02:30", "Europe/Berlin").toISOString()).toBe("2026-03-29T01:30:00.000Z");
    expect(momentOf("2026-03-08T02:30", "America/New_York").toISOString()).toBe("2026-03-08T07:30:00.000Z");
  });
  it("that the clock shows twice is the first of both", () => {
    expect(momentOf("2026-10-25T02:30", "Europe/Berlin").toISOString()).toBe("2026-10-25T00:30:00.000Z");
    expect(momentOf("2026-11-01T01:30", "America/New_York").toISOString()).toBe("2026-11-01T05:30:00.000Z");
  });
  it("right after a change has the new offset", () =>
    expect(momentOf("2026-03-29T03:00", "Europe/Berlin").toISOString()).toBe("2026-03-29T01:00:00.000Z"));
});
