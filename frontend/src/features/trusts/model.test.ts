import { describe, expect, it } from "vitest";
import { claimsOf, dayOf, emptyRows, expiryOn, kinds } from "./model";

describe("the claims of the form", () => {
  it("are those that are filled in, each with its values", () =>
    expect(
      claimsOf([
        { claim: "repository_id", values: " 74 " },
        { claim: "ref", values: "refs/heads/main, refs/tags/*," },
        { claim: "environment", values: " , " },
        { claim: " ", values: "x" },
      ]),
    ).toEqual({ repository_id: ["74"], ref: ["refs/heads/main", "refs/tags/*"] }));
  it("of one name add up", () =>
    expect(
      claimsOf([
        { claim: "ref", values: "refs/heads/main" },
        { claim: "ref", values: "refs/heads/next" },
      ]),
    ).toEqual({ ref: ["refs/heads/main", "refs/heads/next"] }));
  it("begin with what the kind requires", () => {
    for (const kind of Object.keys(kinds) as (keyof typeof kinds)[])
      expect(emptyRows(kind).map(({ claim }) => claim)).toEqual(kinds[kind].claims);
  });
});

describe("the expiry of a last day", () => {
  const former = new Date(2027, 2, 1, 12).toISOString();
  it("is the end of that day", () =>
    expect(expiryOn("2027-03-02", former)).toBe(new Date(2027, 2, 2, 23, 59, 59).toISOString()));
  it("stays to the second if the day does", () => expect(expiryOn(dayOf(former), former)).toBe(former));
  it("is none without a day", () => expect(expiryOn("", former)).toBeNull());
});
