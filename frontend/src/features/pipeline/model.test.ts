import { describe, expect, it } from "vitest";
import { makeEnvironment, makeImage, makeWorkload } from "@/test/factories";
import {
  clusterHealth,
  healthGroups,
  edgeBetween,
  promotionBlocked,
  promotionTargets,
  offeredPushes,
  runningImages,
  selectedEnvironment,
} from "./model";

const overview = (...environments: ReturnType<typeof makeEnvironment>[]) => ({
  application: "shop",
  environments: environments.map((each, rank) => ({ ...each, rank })),
  read_at: "2026-11-23T12:00:00Z",
});

describe("running images", () => {
  it("are one if all clusters run it", () => {
    const [container] = makeWorkload({ clusters: ["eu", "us"] }).containers;
    expect(runningImages(container!)).toHaveLength(1);
  });
  it("name the clusters of each image under skew, the most common first", () => {
    const [container] = makeWorkload({
      images: { eu: makeImage("1"), us: makeImage("2"), asia: makeImage("2") },
    }).containers;
    expect(runningImages(container!).map(({ clusters }) => clusters)).toEqual([["us", "asia"], ["eu"]]);
  });
});

describe("health over clusters", () => {
  const workload = {
    ...makeWorkload({}),
    health: [
      { cluster: "eu", health: "ready" as const, reason: null, message: null, ready: 2, desired: 2 },
      { cluster: "us", health: "failed" as const, reason: "CrashLoopBackOff", message: null, ready: 0, desired: 2 },
      { cluster: "asia", health: "ready" as const, reason: null, message: null, ready: 3, desired: 3 },
    ],
  };
  it("groups clusters with the same health, the worst first", () =>
    expect(healthGroups(workload).map(({ health, ready, clusters }) => [health, ready, clusters])).toEqual([
      ["failed", 0, ["us"]],
      ["ready", 5, ["eu", "asia"]],
    ]));
  it("of one cluster is the worst of its workloads", () =>
    expect(clusterHealth(makeEnvironment({ workloads: [makeWorkload({ clusters: ["us"] }), workload] }), "us")).toBe(
      "failed",
    ));
});

describe("the edge to the next environment", () => {
  const source = makeEnvironment({ environment: "Staging" });
  it("contains the images that the target does not run", () => {
    const offered = makeWorkload({ offered: makeImage("2") });
    const edge = edgeBetween(source, makeEnvironment({ workloads: [offered] }));
    expect(edge.state === "ahead" && edge.images.map(({ to }) => to.tag)).toEqual(["2"]);
  });
  it("is in sync if nothing is offered", () => expect(edgeBetween(source, makeEnvironment({})).state).toBe("in-sync"));
  it("is automatic if the target deploys automatically", () =>
    expect(edgeBetween(source, makeEnvironment({ deploy_mode: "auto" })).state).toBe("auto"));
  it("names an unconfigured target", () =>
    expect(edgeBetween(source, makeEnvironment({ configured: false })).state).toBe("target-unconfigured"));
});

describe("the environment shown", () => {
  const all = overview(
    makeEnvironment({ environment: "Dev", configured: false }),
    makeEnvironment({ environment: "Staging" }),
  );
  it("is the requested one, ignoring case", () => expect(selectedEnvironment(all, "dev")?.environment).toBe("Dev"));
  it("is the first configured one if the requested one does not exist", () =>
    expect(selectedEnvironment(all, "nowhere")?.environment).toBe("Staging"));
});

describe("targets of a promotion", () => {
  const all = overview(
    makeEnvironment({ environment: "Dev" }),
    makeEnvironment({ environment: "Staging" }),
    makeEnvironment({ environment: "Production", configured: false }),
  );
  it("are the configured ones, the next in the pipeline first", () =>
    expect(promotionTargets(all, all.environments[0]!).map(({ environment }) => environment)).toEqual(["Staging"]));
  it("include earlier ones last", () =>
    expect(promotionTargets(all, all.environments[1]!).map(({ environment }) => environment)).toEqual(["Dev"]));
  it("are none for an unconfigured environment, with the reason", () =>
    expect(promotionBlocked(all, all.environments[2]!)).toMatch(/not configured/));
});

it("a pushed image is offered once for all its containers, the newest push first", () => {
  const image = (push: number, tag: string) => ({
    push,
    repository: "registry.example/shop/web",
    tag,
    digest: null,
    discovered_at: "2026-11-23T12:00:00Z",
  });
  const workload = (name: string, pushed: ReturnType<typeof image> | null) => {
    const made = makeWorkload({ name });
    return { ...made, containers: made.containers.map((container) => ({ ...container, pushed })) };
  };
  const workloads = [workload("web", image(3, "1.5.0")), workload("worker", image(3, "1.5.0"))];
  const environment = makeEnvironment({
    workloads: [...workloads, workload("api", image(4, "2.0.0")), workload("db", null)],
  });
  expect(offeredPushes(environment).map(({ image: { tag }, containers }) => [tag, containers])).toEqual([
    ["2.0.0", ["api"]],
    ["1.5.0", ["web", "worker"]],
  ]);
});
