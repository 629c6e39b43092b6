import { describe, expect, it } from "vitest";
import { makeResource } from "@/test/factories";
import { makeEvents, makeOperation, makeOperationCluster } from "@/test/operation-factories";
import { hasEnded, clusterProgressOf, notSucceeded, stateAfter, summaryOf } from "./model";
import { nested } from "./model-secrets";
import { sentenceOf } from "./model-sentences";

const web = makeResource("Deployment", "web");
const started = { type: "cluster.started", cluster: "prod-eu" } as const;
const applied = {
  type: "resource.applied",
  cluster: "prod-eu",
  resource_ref: web,
  data: { action: "create" },
} as const;
const failed = {
  type: "cluster.ended",
  cluster: "prod-eu",
  data: { outcome: "failed", detail: "web crash-loops" },
} as const;
const progress = (...entries: Parameters<typeof makeEvents>) =>
  clusterProgressOf(makeOperation(), makeEvents(...entries))[0]!;

describe("the progress on a cluster", () => {
  it("waits until its cluster is started", () => expect(progress().status.label).toBe("Waiting"));
  it("is applying once its cluster is started", () => expect(progress(started).status.label).toBe("Applying"));
  it("shows the latest state of each resource, in the order of their first events", () => {
    const progressed = {
      type: "rollout.progressed",
      cluster: "prod-eu",
      resource_ref: web,
      data: { state: "ready" },
    } as const;
    const config = {
      type: "resource.applied",
      cluster: "prod-eu",
      resource_ref: makeResource("ConfigMap", "a"),
    } as const;
    expect(
      progress(started, applied, config, progressed).items.map(({ name, status }) => [name, status.label]),
    ).toEqual([
      ["Deployment/web", "Healthy"],
      ["ConfigMap/a", "Applied"],
    ]);
  });
  it("says that an image was handed over to the workload's owner", () => {
    const handed = {
      type: "rollout.progressed",
      cluster: "prod-eu",
      resource_ref: web,
      data: { state: "handed-over", message: "The Helm release shop is deployed at revision 4." },
    } as const;
    expect(progress(started, handed).items[0]?.status.label).toBe("Handed over");
  });
  it("keeps the image change while the rollout progresses", () => {
    const containers = [
      { container: "web", before: "r.example:5000/web:1.4.0", after: "r.example:5000/web:1.5.0@sha256:0" },
    ];
    const changed = { type: "images.changed", cluster: "prod-eu", resource_ref: web, data: { containers } } as const;
    const progressed = {
      type: "rollout.progressed",
      cluster: "prod-eu",
      resource_ref: web,
      data: { state: "progressing" },
    } as const;
    expect(progress(started, changed, progressed).items[0]?.change).toBe("web: 1.4.0 → 1.5.0");
  });
  it("shows why it failed", () => {
    const { status, detail } = progress(started, failed);
    expect([status.label, detail]).toEqual(["Failed", "web crash-loops"]);
  });
  it("starts again on a retry, unless it had succeeded", () => {
    const succeeded = { type: "cluster.ended", cluster: "prod-us", data: { outcome: "succeeded" } } as const;
    const clusters = clusterProgressOf(
      makeOperation(),
      makeEvents(started, failed, succeeded, { type: "operation.retried" }),
    );
    expect(clusters.map(({ status }) => status.label)).toEqual(["Waiting", "Succeeded"]);
  });
  it("follows the operation while the events are behind it", () => {
    const clusters = [makeOperationCluster({ phase: "ended", outcome: "unreachable", detail: "no answer" })];
    expect(clusterProgressOf(makeOperation({ clusters, last_event: 9 }), makeEvents(started))[0]?.status.label).toBe(
      "Unreachable",
    );
  });
  it("follows the events while the operation is behind them", () =>
    expect(clusterProgressOf(makeOperation({ last_event: 1 }), makeEvents(started, failed))[0]?.outcome).toBe(
      "failed",
    ));
  it("is listed after those of earlier rings", () => {
    const clusters = [makeOperationCluster({ cluster: "b", wave: 1 }), makeOperationCluster({ cluster: "a" })];
    expect(clusterProgressOf(makeOperation({ clusters }), []).map(({ cluster }) => cluster)).toEqual(["a", "b"]);
  });
});

describe("an operation's state", () => {
  const end = { type: "operation.ended", data: { state: "failed" } } as const;
  it("follows its events", () => expect(stateAfter(makeOperation(), makeEvents(end))).toBe("failed"));
  it("is running again after a retry", () =>
    expect(stateAfter(makeOperation(), makeEvents(end, { type: "operation.retried" }))).toBe("running"));
  it("ignores events that it already includes", () =>
    expect(stateAfter(makeOperation({ state: "succeeded", last_event: 1 }), makeEvents(end))).toBe("succeeded"));
  it("counts as ended when cancelled", () => expect(hasEnded("cancelled")).toBe(true));
});

it("summarises the clusters by status", () =>
  expect(summaryOf(clusterProgressOf(makeOperation(), makeEvents(started, failed)))).toBe(
    "2 clusters: 1 failed and 1 waiting.",
  ));

it("retries the clusters that did not succeed", () => {
  const clusters = [
    makeOperationCluster({ cluster: "a", outcome: "unchanged" }),
    makeOperationCluster({ cluster: "b", outcome: "rolled-back" }),
  ];
  expect(notSucceeded(makeOperation({ clusters }))).toEqual(["b"]);
});

it("names in the timeline who retried", () =>
  expect(sentenceOf(makeEvents({ type: "operation.retried", data: { by: "ada" } })[0]!)).toBe("Retried by ada"));

it("says in the timeline which clusters catch up", () => {
  const data = { by: "catch-up for ada", attempt: 2, cause: "catch-up", clusters: ["prod-us"] };
  expect(sentenceOf(makeEvents({ type: "operation.retried", data })[0]!)).toBe(
    "Retried by itself: prod-us answered again and catches up",
  );
});

it("groups typed values by Secret", () =>
  expect(nested({ "db/password": "x", "db/user": "y" })).toEqual({ db: { password: "x", user: "y" } }));

it("tells to whom images were handed over", () => {
  const data = { containers: [], owner: "the Helm release shop in namespace shop" };
  const told = sentenceOf(makeEvents({ type: "images.changed", resource_ref: web, data })[0]!);
  expect(told).toBe("Deployment/web: new images handed over to the Helm release shop in namespace shop");
});
