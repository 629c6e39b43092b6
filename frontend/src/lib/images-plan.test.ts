import { describe, expect, it } from "vitest";
import { byContainer, extent } from "./images-plan";

const web = { api_version: "apps/v1", kind: "Deployment", name: "web" };
const image = (tag: string) => ({ reference: `shop/web:${tag}` });
const change = (container: string, from: string, to: string) => ({
  workload: web,
  container,
  init: false,
  before: image(from),
  after: image(to),
  unchanged: from === to,
  differs: from !== to,
  direction: from === to ? ("same" as const) : ("upgrade" as const),
  written_by: null as string | null,
  handed_over: null as ReturnType<typeof handOver> | null,
});
const handOver = (before: string, after: string) => ({
  owner: { title: "the Helm release shop in namespace shop" },
  edits: [{ where: "image.tag", before, after }],
});

describe("a plan by container", () => {
  it("puts clusters with the same change into one line", () => {
    const [plan] = byContainer([
      { cluster: "eu", changes: [change("web", "1", "2")] },
      { cluster: "us", changes: [change("web", "1", "2")] },
    ]);
    expect(plan?.variants.map(({ clusters }) => clusters)).toEqual([["eu", "us"]]);
  });

  it("gives clusters that run different images a line each", () => {
    const [plan] = byContainer([
      { cluster: "eu", changes: [change("web", "1", "3")] },
      { cluster: "us", changes: [change("web", "2", "3")] },
    ]);
    expect(plan?.variants.map(({ before }) => before.reference)).toEqual(["shop/web:1", "shop/web:2"]);
  });

  it("gives clusters where somebody else wrote the former image a line each", () => {
    const [plan] = byContainer([
      { cluster: "eu", changes: [change("web", "1", "2")] },
      { cluster: "us", changes: [{ ...change("web", "1", "2"), written_by: "keel" }] },
    ]);
    expect(plan?.variants.map(({ written_by }) => written_by)).toEqual([null, "keel"]);
  });

  it("gives clusters where an owner is changed in another way a line each", () => {
    const through = (before: string) => ({ ...change("web", "1", "2"), handed_over: handOver(before, "2") });
    const [plan] = byContainer([
      { cluster: "eu", changes: [through("1")] },
      { cluster: "us", changes: [through("1")] },
      { cluster: "asia", changes: [through("1-rc")] },
    ]);
    expect(plan?.variants.map(({ clusters }) => clusters)).toEqual([["eu", "us"], ["asia"]]);
  });

  it("calls a container unchanged only if no cluster changes it", () => {
    const [plan] = byContainer([
      { cluster: "eu", changes: [change("web", "2", "2")] },
      { cluster: "us", changes: [change("web", "1", "2")] },
    ]);
    expect(plan?.same).toBe(false);
  });

  it("tells a container that is blocked from one that has nothing to change", () => {
    const blocked = { ...change("web", "1", "2"), unchanged: true };
    const [plan] = byContainer([{ cluster: "eu", changes: [blocked] }]);
    expect([plan?.same, plan?.variants[0]?.unchanged]).toEqual([false, true]);
  });

  it("is a downgrade if one cluster would get an older image", () => {
    const older = { ...change("web", "2", "1"), direction: "downgrade" as const };
    const [plan] = byContainer([
      { cluster: "eu", changes: [change("web", "0", "1")] },
      { cluster: "us", changes: [older] },
    ]);
    expect(plan?.downgrade).toBe(true);
  });
});

describe("the extent of a plan", () => {
  const clusters = [
    { cluster: "eu", changes: [change("web", "1", "2"), change("log", "7", "7")] },
    { cluster: "us", changes: [change("web", "2", "2"), change("log", "7", "8")] },
  ];
  it("counts a container once and only clusters that change", () =>
    expect(extent(clusters, () => true)).toEqual({ images: 2, clusters: 2 }));
  it("leaves out containers that are not selected", () =>
    expect(extent(clusters, (key) => key.endsWith("/web"))).toEqual({ images: 1, clusters: 1 }));
});
