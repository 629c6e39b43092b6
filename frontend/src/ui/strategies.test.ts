import { describe, expect, it } from "vitest";
import { asText, ringText, strategyOf, strategySummary, type OwnStrategy } from "./strategies";

const check = {
  name: "smoke",
  job: null,
  http: {
    url: "https://shop.example/healthz",
    window: { seconds: 60, every: 5 },
    method: "GET" as const,
    headers: {},
    statuses: [200],
    contains: null,
    pointer: null,
    value: null,
  },
  prometheus: null,
};
const ring = { clusters: null, labels: null, size: null, remaining: false, soak_seconds: 0, checks: [], pauses: false };
const own: OwnStrategy = {
  on_failure: "roll-back",
  waves: null,
  rings: [
    { ...ring, size: 1, soak_seconds: 600, checks: [check], pauses: true },
    { ...ring, labels: { region: "eu", tier: "gold" } },
    { ...ring, size: "25%", soak_seconds: 90 },
    { ...ring, clusters: ["prod-us", "prod-ap"] },
    { ...ring, remaining: true },
  ],
  failure: "quorum",
  quorum: "80%",
  hooks: [],
};
const lines = "1, soak 10m, check smoke, wait\nregion=eu tier=gold\n25%, soak 90s\nprod-us prod-ap\nrest";

describe("a strategy as text", () => {
  it("has one line a ring", () => {
    expect(asText(own)).toEqual({ rings: lines, policy: "quorum", quorum: "80%" });
  });

  it("is read as it was written", () => {
    expect(strategyOf(asText(own), own)).toMatchObject({
      rings: [
        { size: 1, soak_seconds: 600, checks: [check], pauses: true },
        { labels: { region: "eu", tier: "gold" } },
        { size: "25%", soak_seconds: 90 },
        { clusters: ["prod-us", "prod-ap"] },
        { remaining: true },
      ],
      failure: "quorum",
      quorum: "80%",
      on_failure: null,
    });
  });

  it("shows waves as rings by names", () => {
    expect(asText({ ...own, rings: null, waves: [["prod-eu"], ["prod-us"]] }).rings).toBe("prod-eu\nprod-us");
  });

  it("without rings goes to all clusters at once", () => {
    expect(strategyOf({ rings: "", policy: "roll-back", quorum: "" }, null)).toMatchObject({
      rings: null,
      failure: null,
      on_failure: "roll-back",
    });
  });

  it.each([
    ["1, soak soon", "'soak soon' is none of"],
    ["1, check other", "no check named 'other'"],
    ["1, twice", "'twice' is none of"],
  ])("says what cannot be read in %s", (rings, fault) => {
    expect(strategyOf({ rings, policy: "stop", quorum: "" }, own)).toEqual({
      fault: expect.stringContaining(fault) as string,
    });
  });

  it("asks for the number of a quorum", () => {
    expect(strategyOf({ rings: "", policy: "quorum", quorum: "most" }, null)).toEqual({
      fault: expect.stringContaining("how many clusters") as string,
    });
  });

  it("writes a soak in the largest unit that is whole", () => {
    expect(ringText({ ...ring, remaining: true, soak_seconds: 7200 })).toBe("rest, soak 2h");
  });

  it("is summed up in one sentence", () => {
    expect(
      strategySummary({
        ...own,
        rings: [
          { ...ring, size: 1 },
          { ...ring, remaining: true },
        ],
      }),
    ).toBe("1 → rest. On failure: undo on clusters that failed; on all if too few are good (80%).");
  });
});
