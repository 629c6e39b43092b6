import { describe, expect, it } from "vitest";
import { makeToken } from "@/test/factories";
import { expiryOf, isUsable, stateOf } from "./model";

const now = Date.parse("2026-11-23T12:00:00Z");

describe("a token", () => {
  it("without an end is valid", () => expect(stateOf(makeToken(), now)).toBe("valid"));
  it("that ends within a week says so", () =>
    expect(stateOf(makeToken({ expires_at: "2026-11-29T12:00:00Z" }), now)).toBe("expires-soon"));
  it("is expired from the moment on that it names", () =>
    expect(stateOf(makeToken({ expires_at: "2026-11-23T12:00:00Z" }), now)).toBe("expired"));
  it("that was revoked stays so after its end", () => {
    const token = makeToken({ expires_at: "2026-11-20T12:00:00Z", revoked_at: "2026-11-19T12:00:00Z" });
    expect([stateOf(token, now), isUsable(token, now)]).toEqual(["revoked", false]);
  });
});

describe("an expiry", () => {
  it("is counted from now", () => expect(expiryOf("30", "", now)).toBe("2026-12-23T12:00:00.000Z"));
  it("is none for a token that lasts until it is revoked", () => expect(expiryOf("never", "", now)).toBeNull());
  it("on a date leaves the whole day", () =>
    expect(new Date(expiryOf("date", "2027-01-31", now)!).getHours()).toBe(23));
  it("is missing as long as the date is", () => expect(expiryOf("date", "", now)).toBeUndefined());
});
