import { describe, expect, it } from "vitest";
import { makeFreeze } from "@/test/gate-factories";
import { draftOf, forViewer, inputOf, lackOf } from "./draft";

const now = new Date("2026-12-01T12:00:00Z");

describe("a freeze that is edited", () => {
  it("is sent as it was read", () => {
    const freeze = makeFreeze({
      rrule: "FREQ=WEEKLY;BYDAY=FR",
      environments: ["Production"],
      labels: { team: "shop" },
    });
    expect(lackOf(draftOf(freeze))).toBeNull();
    expect(inputOf(draftOf(freeze))).toEqual({
      name: freeze.name,
      effect: "deny",
      starts: "2026-11-27T15:00",
      ends: "2026-11-30T07:00",
      zone: "Europe/Berlin",
      rrule: "FREQ=WEEKLY;BYDAY=FR",
      reason: freeze.reason,
      environments: ["Production"],
      applications: null,
      labels: { team: "shop" },
    });
  });
  it("keeps labels that could not be written anew, as long as they are left alone", () => {
    const labels = { "cost centre": "shop, blog" };
    const draft = draftOf(makeFreeze({ labels }));
    expect([lackOf(draft), inputOf({ ...draft, name: "winter" }).labels]).toEqual([null, labels]);
    expect(lackOf({ ...draft, labels: `${draft.labels}, tier=1` })).toMatch(/^Write labels/);
    expect(inputOf({ ...draft, labels: "" }).labels).toEqual({});
  });
  it("has no seconds in its fields", () =>
    expect(draftOf(makeFreeze({ starts: "2026-11-27T15:00:00" })).starts).toBe("2026-11-27T15:00"));
});

describe("an incomplete freeze", () => {
  const whole = draftOf(makeFreeze());
  it("says what it lacks", () => {
    expect(lackOf(draftOf(null))).toBe("Give the freeze a name.");
    expect(lackOf({ ...whole, starts: "" })).toBe("Set when it starts and when it ends.");
    expect(lackOf({ ...whole, ends: whole.starts })).toBe("The end has to be after the start.");
    expect(lackOf({ ...whole, reason: " " })).toMatch(/^Say why/);
    expect(lackOf({ ...whole, labels: "team" })).toMatch(/^Write labels/);
    expect(lackOf({ ...whole, recurrence: { ...whole.recurrence, every: NaN } })).toBe("Set how often it repeats.");
  });
});

describe("the viewer's clock", () => {
  const draft = draftOf(makeFreeze());
  it("is told where it shows another time", () =>
    expect(forViewer(draft, "America/New_York", now)).toBe("Fri 27 Nov, 09:00 – Mon 30 Nov, 01:00"));
  it("is not told where it agrees", () => expect(forViewer(draft, "Europe/Rome", now)).toBeNull());
});
