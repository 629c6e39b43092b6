import { describe, expect, it } from "vitest";
import { allAtOnce } from "@/test/environment-factories";
import { draftOf, lackOf, newRing, ringLack, strategyFrom } from "./draft";
import type { OwnStrategy } from "./words";

const smoke: NonNullable<OwnStrategy["rings"]>[number]["checks"][number] = {
  name: "smoke",
  job: null,
  http: {
    url: "https://shop.example/healthz",
    window: { seconds: 60, every: 5 },
    method: "GET",
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
  ...allAtOnce,
  on_failure: "roll-back",
  rings: [
    { ...ring, size: 1, soak_seconds: 600, checks: [smoke], pauses: true },
    { ...ring, labels: { region: "eu", tier: "gold" } },
    { ...ring, size: "25%", soak_seconds: 90 },
    { ...ring, clusters: ["prod-us", "prod-ap"], soak_seconds: 7200 },
    { ...ring, remaining: true },
  ],
  failure: "quorum",
  quorum: "80%",
};

describe("the form of a strategy", () => {
  it("sends the strategy that it was opened with", () => {
    expect(strategyFrom(draftOf(own), { checks: [smoke], hooks: [] })).toEqual({
      on_failure: null,
      waves: null,
      rings: [
        { size: 1, soak_seconds: 600, checks: [smoke], pauses: true },
        { labels: { region: "eu", tier: "gold" }, soak_seconds: 0, checks: [], pauses: false },
        { size: "25%", soak_seconds: 90, checks: [], pauses: false },
        { clusters: ["prod-us", "prod-ap"], soak_seconds: 7200, checks: [], pauses: false },
        { remaining: true, soak_seconds: 0, checks: [], pauses: false },
      ],
      failure: "quorum",
      quorum: "80%",
      hooks: [],
      fallback: false,
    });
  });

  it("shows a soak in the largest unit that is whole", () => {
    expect(draftOf(own).rings.map(({ soak, unit }) => `${soak} ${unit}`)).toEqual([
      "10 min",
      "0 min",
      "90 s",
      "2 h",
      "0 min",
    ]);
  });

  it("shows waves as rings by names", () => {
    const waves = { ...allAtOnce, waves: [["prod-eu"], ["prod-us"]] };
    expect(draftOf(waves).rings.map(({ by, clusters }) => [by, clusters])).toEqual([
      ["clusters", ["prod-eu"]],
      ["clusters", ["prod-us"]],
    ]);
  });

  it("without rings goes to all clusters at once", () => {
    expect(strategyFrom(draftOf(null), { checks: [], hooks: [] })).toMatchObject({
      rings: null,
      failure: null,
      on_failure: "roll-back",
    });
  });

  it.each([
    [{ ...newRing("size"), amount: "" }, "Write how many clusters: 1 or more."],
    [{ ...newRing("percent"), amount: 120 }, "Write a percentage from 1 to 100."],
    [newRing("clusters"), "Choose at least one cluster."],
    [{ ...newRing("labels"), labels: ["region"] }, "Write labels as region=eu."],
    [{ ...newRing("remaining"), soak: "" }, "Write how long it soaks; 0 for not at all."],
    [newRing("remaining"), null],
  ])("says what a ring lacks", (draft, lack) => {
    expect(ringLack(draft)).toBe(lack);
  });

  it("says which ring lacks something, and asks for the number of a quorum", () => {
    const draft = draftOf(own);
    expect(lackOf({ ...draft, rings: [draft.rings[0]!, newRing("clusters")] })).toBe(
      "Ring 2: Choose at least one cluster.",
    );
    expect(lackOf({ ...draft, quorum: { amount: "", percent: false } })).toBe(
      "Write how many clusters have to be good.",
    );
    expect(lackOf(draft)).toBeNull();
  });
});
