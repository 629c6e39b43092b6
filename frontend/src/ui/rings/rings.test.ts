import { describe, expect, it } from "vitest";
import { makeOperationCluster } from "@/test/operation-factories";
import { leftOf, ringViews } from "./rings";

const ring = {
  left_over: false,
  soak_seconds: 600,
  soak_began_at: null as string | null,
  soak_ends_at: null as string | null,
  soaked_at: null as string | null,
  checks: ["smoke"],
  proven_at: null as string | null,
  pauses: false,
  continued_by: null as string | null,
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
const steps = (first: typeof ring, clusters = [good, waiting]) =>
  ringViews(rings(first), clusters, false).map((view) => view.steps.map(({ what, state }) => `${what}: ${state}`));

describe("the rings of an operation", () => {
  it("have their clusters, each with what goes on there", () => {
    const views = ringViews(rings(ring), [good, waiting], false);
    expect(
      views.map(({ number, clusters }) => [number, clusters.map(({ name, status }) => [name, status.label])]),
    ).toEqual([
      [1, [["prod-eu", "Succeeded"]]],
      [2, [["prod-us", "Waiting"]]],
    ]);
  });

  it("say what each has to prove, and which of it goes on now", () => {
    expect(steps(soaking)).toEqual([
      ["Soak of 10 min: now", "Check smoke: open"],
      ["Soak of 10 min: open", "Check smoke: open", "A person continues: open"],
    ]);
    expect(steps({ ...soaking, soaked_at: "2026-12-01T12:10:00Z" })[0]).toEqual([
      "Soak of 10 min: done",
      "Check smoke: now",
    ]);
  });

  it("say who has to continue, and who did", () => {
    const proven = { ...ring, soak_seconds: 0, checks: [], pauses: true };
    expect(steps(proven)[0]).toEqual(["A person continues: now"]);
    expect(steps({ ...proven, continued_by: "ada" })[0]).toEqual(["Continued by ada: done"]);
  });

  it("wait for nobody once the operation has ended", () => {
    const last = { ...ring, soak_seconds: 0, checks: [], pauses: true };
    expect(ringViews(rings(last), [good], true)[0]!.steps).toEqual([]);
  });

  it("say until when one soaks, and which wait", () => {
    const [first, second] = ringViews(rings(soaking), [good, waiting], false);
    expect([first!.status.label, first!.soak, second!.status.label]).toEqual([
      "Soaking",
      { ends: "2026-12-01T12:10:00Z", seconds: 600 },
      "Waiting",
    ]);
  });

  it("say that one failed as soon as a cluster of it did, and that nothing more goes on in it", () => {
    const failed = { ...good, outcome: "rolled-back" as const };
    const [first] = ringViews(rings(soaking), [failed, waiting], false);
    expect([first!.status.label, first!.soak]).toEqual(["Undone", null]);
    expect(steps(soaking, [failed, waiting])[0]).toEqual(["Soak of 10 min: open", "Check smoke: open"]);
  });

  it("are good once their checks have passed", () => {
    const proven = { ...soaking, soaked_at: "2026-12-01T12:10:00Z", proven_at: "2026-12-01T12:11:00Z" };
    expect(ringViews(rings(proven), [good, waiting], false)[0]!.status.label).toBe("Good");
  });

  it("have a soak that runs down and stays at nothing", () => {
    const soak = { ends: "2026-12-01T12:10:00Z", seconds: 600 };
    const at = (time: string) => leftOf(soak, new Date(`2026-12-01T${time}Z`).getTime());
    expect([at("11:59:00"), at("12:05:00"), at("12:11:00")]).toEqual([1, 0.5, 0]);
  });
});
