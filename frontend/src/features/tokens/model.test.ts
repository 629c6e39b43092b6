import { describe, expect, it } from "vitest";
import { makeToken } from "@/test/people-factories";
import { expiryOf, isUsable, namesOf, limitWords, stateOf } from "./model";

const now = Date.parse("2026-11-23T12:00:00Z");

describe("a token", () => {
  it("without an expiry is valid", () => expect(stateOf(makeToken(), now)).toBe("valid"));
  it("that expires within a week expires soon", () =>
    expect(stateOf(makeToken({ expires_at: "2026-11-29T12:00:00Z" }), now)).toBe("expires-soon"));
  it("is expired from the time of its expiry", () =>
    expect(stateOf(makeToken({ expires_at: "2026-11-23T12:00:00Z" }), now)).toBe("expired"));
  it("that was revoked stays revoked after its expiry", () => {
    const token = makeToken({ expires_at: "2026-11-20T12:00:00Z", revoked_at: "2026-11-19T12:00:00Z" });
    expect([stateOf(token, now), isUsable(token, now)]).toEqual(["revoked", false]);
  });
});

describe("an expiry", () => {
  it("counts from now", () => expect(expiryOf("30", "", now)).toBe("2026-12-23T12:00:00.000Z"));
  it("is null for a token that is valid until revoked", () => expect(expiryOf("never", "", now)).toBeNull());
  it("on a date includes the whole day", () =>
    expect(new Date(expiryOf("date", "2027-01-31", now)!).getHours()).toBe(23));
  it("is undefined while the date is missing", () => expect(expiryOf("date", "", now)).toBeUndefined());
});

describe("the scope of a token", () => {
  it("is for all where no name is given", () => expect([namesOf(" , "), namesOf("")]).toEqual([null, null]));
  it("is for the names that are given", () => expect(namesOf("shop, docs,")).toEqual(["shop", "docs"]));
  it("is said in words", () =>
    expect(limitWords(makeToken({ role: "viewer", applications: ["shop"], environments: ["Staging"] }))).toBe(
      "viewer on shop in Staging",
    ));
  it("of what was deleted is not that of all", () =>
    expect(limitWords(makeToken({ role: "viewer", applications: [], environments: null }))).toBe(
      "viewer on no application any more in all environments",
    ));
});
