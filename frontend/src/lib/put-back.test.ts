import { describe, expect, it } from "vitest";
import { makeImage } from "@/test/factories";
import { makeEndedPromotion, makeOperation } from "@/test/operation-factories";
import { makeChange } from "@/test/plan-factories";
import { isSameImage, putBackLabel, replacedImages } from "./put-back";

describe("the images that an operation replaced", () => {
  it("are those that changed, on the clusters where the change may stand", () => {
    const operation = makeEndedPromotion({
      a: "succeeded",
      b: "failed",
      c: "rolled-back",
      d: "skipped",
      e: "unchanged",
    });
    expect(replacedImages(operation).map(({ cluster, container }) => [cluster, container])).toEqual([
      ["a", "web"],
      ["b", "web"],
    ]);
  });
  it("are none while it runs", () => {
    const running = { ...makeEndedPromotion({ a: "succeeded" }), state: "running" as const };
    expect(replacedImages(running)).toEqual([]);
  });
  it("are none on a cluster that was never begun", () => {
    const cancelled = makeEndedPromotion({ a: null }, { state: "cancelled" });
    const clusters = cancelled.clusters.map((each) => ({ ...each, started_at: null }));
    expect(replacedImages({ ...cancelled, clusters })).toEqual([]);
  });
  it("are none of an operation that copies resources", () => {
    const made = makeOperation({ state: "failed" });
    expect(replacedImages({ ...made, plan: { kind: "import", clusters: [{ cluster: "prod-eu" }] } })).toEqual([]);
  });
});

describe("the label of the step back", () => {
  const back = (name: string, before: string, over = {}) => makeChange(name, before, "9", over);
  it("names one image, and two", () => {
    expect(putBackLabel([back("web", "1.4.0")])).toBe("Put web 1.4.0 back");
    expect(putBackLabel([back("web", "1.4.0"), back("api", "2.0.1")])).toBe("Put web 1.4.0 and api 2.0.1 back");
  });
  it("counts more", () =>
    expect(putBackLabel(["a", "b", "c"].map((name) => back(name, "1")))).toBe("Put 3 images back"));
  it("names a container once for all clusters, with each version that they had", () => {
    expect(putBackLabel([back("web", "1.4.0"), back("web", "1.4.0")])).toBe("Put web 1.4.0 back");
    expect(putBackLabel([back("web", "1.4.0"), back("web", "1.3.0")])).toBe("Put web 1.4.0 or 1.3.0 back");
  });
  it("tells containers of the same name apart by their workloads", () =>
    expect(putBackLabel([back("web", "1", { container: "app" }), back("api", "2", { container: "app" })])).toBe(
      "Put web/app 1 and api/app 2 back",
    ));
});

describe("the same image", () => {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
  it("is decided by the digest, if both have one", () => {
    expect(isSameImage(makeImage("1", digest("a")), makeImage("2", digest("a")))).toBe(true);
    expect(isSameImage(makeImage("1", digest("a")), makeImage("1", digest("b")))).toBe(false);
  });
  it("is decided by the tag otherwise, within a repository", () => {
    expect(isSameImage(makeImage("1"), makeImage("1", digest("a")))).toBe(true);
    expect(isSameImage(makeImage("1"), makeImage("2"))).toBe(false);
    expect(isSameImage(makeImage("1"), { ...makeImage("1"), repository: "other.example/web" })).toBe(false);
  });
});
