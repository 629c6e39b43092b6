import { describe, expect, it } from "vitest";
import { makeFollow } from "@/test/factories";
import { followWords, minutesLeft, needsPerson } from "./follow";

const now = new Date("2026-12-02T09:00:00Z").getTime();

describe("what an environment follows", () => {
  it.each([
    ["2026-12-02T09:07:00Z", "follows Staging · 7 min left"],
    ["2026-12-02T09:06:01Z", "follows Staging · 7 min left"],
    ["2026-12-02T08:59:00Z", "follows Staging · promoting"],
  ])("is said with the minutes left until %s", (due, words) =>
    expect(followWords(makeFollow({ code: "proving", due_at: due }), now)).toBe(words),
  );
  it("is said with what it waits for", () =>
    expect(followWords(makeFollow({ code: "rolled-back" }), now)).toBe("follows Staging · rolled back"));
  it("is said alone before the first look", () =>
    expect(followWords(makeFollow({ code: null }), now)).toBe("follows Staging"));
  it("has no minutes left where a gate is closed until then", () =>
    expect(minutesLeft({ code: "gate-closed", due_at: "2026-12-02T10:00:00Z" }, now)).toBeNull());
  it("needs a person after a roll-back, and none while it proves itself", () =>
    expect([needsPerson({ code: "rolled-back" }), needsPerson({ code: "proving" })]).toEqual([true, false]));
});
