import { describe, expect, it } from "vitest";
import { allAtOnce } from "@/test/environment-factories";
import { provesWords, soakWords, strategySummary, type Ring } from "./words";

const ring: Ring = {
  clusters: null,
  labels: null,
  size: null,
  remaining: false,
  soak_seconds: 0,
  checks: [],
  pauses: false,
};

describe("a strategy in words", () => {
  it("is summed up in one sentence", () => {
    const rings = [
      { ...ring, size: 1, soak_seconds: 600 },
      { ...ring, labels: { region: "eu" } },
      { ...ring, size: "25%" },
      { ...ring, clusters: ["prod-us", "prod-ap"] },
      { ...ring, remaining: true },
    ];
    expect(strategySummary({ ...allAtOnce, rings, failure: "quorum", quorum: "80%" })).toBe(
      "1 cluster (soaks 10 min) → region=eu → 25% → prod-us, prod-ap → the rest. " +
        "On failure: undo on clusters that failed; on all if too few are good (80% have to be good).",
    );
  });

  it("says that all clusters are changed at once", () => {
    expect(strategySummary(allAtOnce)).toBe(
      "All clusters at once. On failure: leave what failed as it is; begin no further ring.",
    );
  });

  it("says what has to hold before the next ring begins", () => {
    expect(provesWords({ soak_seconds: 90, checks: ["smoke", "errors"], pauses: true })).toBe(
      "soaks 90 s, checks smoke, errors, then a person continues",
    );
    expect(provesWords({ soak_seconds: 0, checks: [], pauses: false })).toBe("");
    expect([60, 7200, 61].map(soakWords)).toEqual(["1 min", "2 h", "61 s"]);
  });
});
