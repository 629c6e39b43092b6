import { describe, expect, it } from "vitest";
import { makeOperation, makeOperationCluster } from "@/test/operation-factories";
import { makeGate, makeStop } from "@/test/gate-factories";
import { stillStopped } from "@/lib/gates";
import { nothingToUndo, standingOf, stopOn } from "./pause";

describe("a paused operation", () => {
  it("says which clusters have what", () => {
    const clusters = [
      makeOperationCluster({ cluster: "a", phase: "ended", outcome: "succeeded" }),
      makeOperationCluster({ cluster: "b", phase: "applying", outcome: null }),
      makeOperationCluster({ cluster: "c", phase: "waiting", outcome: null }),
      makeOperationCluster({ cluster: "d", phase: "waiting", outcome: null }),
      makeOperationCluster({ cluster: "e", phase: "ended", outcome: "rolled-back" }),
    ];
    expect(standingOf(makeOperation({ clusters }))).toBe(
      "a has what it brings. b has a part of it. e did not get it. c and d are as before.",
    );
  });
  it("stands still while its stop is not lifted", () => {
    const gates = [makeGate({ kind: "stop", id: "stop-1", until: null }), makeGate()];
    expect(stillStopped(gates, [{ id: "stop-1" }])).toBe("An emergency stop is in force.");
    expect(stillStopped(gates, [{ id: "another" }])).toBeNull();
  });
  it("shows on each cluster the stop that is nearest to it", () => {
    const operation = makeOperation({ environment: "Production" });
    const everywhere = makeStop({ id: "1", environment: null, cluster: null });
    const here = makeStop({ id: "2", environment: "Production", cluster: null });
    const cluster = makeStop({ id: "3", environment: null, cluster: "prod-eu" });
    const elsewhere = makeStop({ id: "4", environment: "Staging", cluster: null });
    expect(stopOn("prod-eu", operation, [everywhere, here, cluster])).toBe(cluster);
    expect(stopOn("prod-us", operation, [everywhere, here, cluster])).toBe(here);
    expect(stopOn("prod-us", operation, [elsewhere, cluster, everywhere])).toBe(everywhere);
    expect(stopOn("prod-us", operation, [elsewhere, cluster])).toBeNull();
  });
  it("undoes images only", () => {
    expect(nothingToUndo(makeOperation())).toBeNull();
    expect(nothingToUndo(makeOperation({ kind: "import" }))).toMatch(/keeps no former state/);
  });
});
