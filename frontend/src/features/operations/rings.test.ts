import { describe, expect, it } from "vitest";
import { makeOperationCluster } from "@/test/operation-factories";
import { ringViews } from "./rings";

const ring = {
  left_over: false,
  soak_seconds: 600,
  soak_began_at: null as string | null,
  soak_ends_at: null as string | null,
  soaked_at: null,
  checks: ["smoke"],
  proven_at: null,
  pauses: false,
  continued_by: null,
};
const soaking = { ...ring, soak_began_at: "2026-12-01T12:00:00Z", soak_ends_at: "2026-12-01T12:10:00Z" };
const rings = (first: typeof ring) => ({
  rings: [first, { ...ring, pauses: true }],
  failure: null,
  quorum: null,
  hooks: [],
});
const good = makeOperationCluster({ cluster: "prod-eu", wave: 0, phase: "ended", outcome: "succeeded" });
const waiting = makeOperationCluster({ cluster: "prod-us", wave: 1, phase: "waiting", outcome: null });

describe("the rings of an operation", () => {
  it("have their clusters, and what has to hold after each", () => {
    const views = ringViews(rings(ring), [good, waiting], false);
    expect(views.map(({ number, clusters, proves }) => [number, clusters, proves])).toEqual([
      [1, ["prod-eu"], "soaks 10 min, checks smoke"],
      [2, ["prod-us"], "soaks 10 min, checks smoke, then a person continues"],
    ]);
  });

  it("say until when one soaks, and which wait", () => {
    const [first, second] = ringViews(rings(soaking), [good, waiting], false);
    expect([first!.status.label, first!.soaksUntil, second!.status.label]).toEqual([
      "Soaking",
      "2026-12-01T12:10:00Z",
      "Waiting",
    ]);
  });

  it("say that one failed as soon as a cluster of it did", () => {
    const failed = { ...good, outcome: "rolled-back" as const };
    const [first] = ringViews(rings(soaking), [failed, waiting], false);
    expect([first!.status.label, first!.soaksUntil]).toEqual(["Undone", null]);
  });

  it("are good once their checks have passed", () => {
    const proven = { ...soaking, soaked_at: "2026-12-01T12:10:00Z", proven_at: "2026-12-01T12:11:00Z" } as never;
    expect(ringViews(rings(proven), [good, waiting], false)[0]!.status.label).toBe("Good");
  });
});
