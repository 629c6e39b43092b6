import { describe, expect, it } from "vitest";
import type { EnvironmentOverview, LastOperation } from "@/api/contract";
import { makeEnvironment, makeImage, makeWorkload } from "@/test/factories";
import { makeChange } from "@/test/plan-factories";
import {
  aheadLabel,
  clusterRows,
  healthGroups,
  isStillRun,
  edgeBetween,
  promotionBlocked,
  promotionTargets,
  offeredPushes,
  offersStepBack,
  ordered,
  promotionTargetsFrom,
  proposedTarget,
  runningImages,
  selectedEnvironment,
  type PromotableImage,
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

describe("the rows of workloads by cluster", () => {
  it("carry what the template has besides, and who wrote it", () => {
    const workload = makeWorkload({ images: { eu: makeImage("1.0.0") } });
    const written = makeImage("1.1.0");
    Object.assign(workload.containers[0]!.images[0]!, { written, written_by: "keel" });
    const [row] = clusterRows(makeEnvironment({ workloads: [workload] }));
    expect(row?.images).toMatchObject([{ written, writtenBy: "keel" }]);
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

describe("the state between two environments", () => {
  const to = (...directions: PromotableImage["direction"][]) =>
    directions.map((direction) => ({ workload: "web", container: "web", from: null, to: makeImage("1"), direction }));
  it("counts newer images if all are newer", () => {
    expect(aheadLabel(to("upgrade"))).toBe("1 newer image");
    expect(aheadLabel(to("upgrade", "upgrade"))).toBe("2 newer images");
  });
  it.each(["downgrade", "unknown", "same"] as const)("calls images newer only if all are: %s", (direction) => {
    expect(aheadLabel(to(direction))).toBe("1 image differs");
    expect(aheadLabel(to("upgrade", direction))).toBe("2 images differ");
  });
  it("keeps where each image leads", () => {
    const older = makeWorkload({ offered: makeImage("0.9"), direction: "downgrade" });
    const edge = edgeBetween(makeEnvironment({ environment: "Staging" }), makeEnvironment({ workloads: [older] }));
    expect(edge.state === "ahead" && edge.images.map(({ direction }) => direction)).toEqual(["downgrade"]);
  });
});

describe("targets of a promotion", () => {
  const all = overview(
    makeEnvironment({ environment: "Dev", promotes_to: ["Staging", "Production"] }),
    makeEnvironment({ environment: "Staging", deploy_mode: "auto", promotes_to: ["Production"] }),
    makeEnvironment({ environment: "Production" }),
    makeEnvironment({ environment: "Archive", configured: false }),
  );
  const [dev, staging, production, archive] = all.environments;
  it("are the configured ones after it, and the first that takes promotions is proposed", () => {
    expect(promotionTargets(all, dev!).map(({ environment }) => environment)).toEqual(["Staging", "Production"]);
    expect(proposedTarget(all, dev!)?.environment).toBe("Production");
  });
  it("are never earlier ones, unless somebody chooses one of them", () => {
    expect(proposedTarget(all, production!)).toBeUndefined();
    expect(promotionTargetsFrom(all, "Production")).toEqual([
      { environment: "Dev", auto: false, earlier: true },
      { environment: "Staging", auto: true, earlier: true },
    ]);
  });
  it("are none without a reason", () => {
    expect(promotionBlocked(all, dev!)).toBeNull();
    expect(promotionBlocked(all, production!)).toBe("No environment after Production is configured yet.");
    expect(promotionBlocked(all, archive!)).toBe("Archive is not configured.");
    expect(promotionBlocked(overview(production!), overview(production!).environments[0]!)).toBe(
      "Production is the last environment.",
    );
    const onlyAuto = overview({ ...dev!, promotes_to: ["Staging"] }, staging!);
    expect(promotionBlocked(onlyAuto, onlyAuto.environments[0]!)).toBe(
      "All environments after Dev deploy automatically.",
    );
  });
});

describe("the one step back of an environment's card", () => {
  const last = (kind: LastOperation["kind"], state: LastOperation["state"], over = {}) =>
    offersStepBack(makeEnvironment({ last_operation: { id: "op-1", kind, state }, ...over }));
  it("is offered after changes of images, whether they failed or not", () => {
    expect(last("promotion", "succeeded")).toBe(true);
    expect(last("deploy", "failed")).toBe(true);
  });
  it("is not offered for copies, nor for a rollback that restored what was", () => {
    expect(last("import", "failed")).toBe(false);
    expect(last("rollback", "succeeded")).toBe(false);
    expect(last("rollback", "failed")).toBe(true);
  });
  it("waits for the operation under way", () =>
    expect(last("promotion", "failed", { active_operation: "op-2" })).toBe(false));
  it("concerns images that still run, or are written while pods keep a former one", () => {
    const image = { ...makeChange("web", "1.4.0", "1.5.0"), cluster: "eu" };
    const runs = (tag: string, written: string | null = null) => {
      const workload = makeWorkload({ images: { eu: makeImage(tag) } });
      const [container] = workload.containers;
      const images = container!.images.map((each) => ({ ...each, written: written ? makeImage(written) : null }));
      return makeEnvironment({ workloads: [{ ...workload, containers: [{ ...container!, images }] }] });
    };
    expect(isStillRun(runs("1.5.0"), image)).toBe(true);
    expect(isStillRun(runs("1.4.0"), image)).toBe(false);
    expect(isStillRun(runs("1.4.0", "1.5.0"), image)).toBe(true);
    expect(isStillRun(runs("1.5.0"), { ...image, cluster: "us" })).toBe(false);
  });
});

it("a pushed image is offered once for all its containers, the newest push first", () => {
  const image = (push: number, tag: string) => ({
    push,
    repository: "registry.example/shop/web",
    tag,
    digest: null,
    direction: "upgrade" as const,
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

describe("an overview of a former release", () => {
  it("is shown without custom resources", () => {
    const former = { ...makeEnvironment({}), custom_resources: undefined } as unknown as EnvironmentOverview;
    expect(ordered(overview(former)).environments[0]?.custom_resources).toEqual([]);
  });
});
