import { describe, expect, it } from "vitest";
import type { MatrixCell, MatrixRow } from "@/api/contract";
import { heightOf, matching, unusualIn, versionsOf } from "./model";

const image = (workload: string, container: string, tag: string) => ({ workload, container, tag, digest: null });

describe("a cell's versions", () => {
  it("are one where all containers share a tag", () =>
    expect(versionsOf([image("Deployment/web", "web", "1.4"), image("Deployment/api", "api", "1.4")])).toEqual({
      lines: [{ what: null, version: "1.4" }],
      more: null,
    }));
  it("name what serves before what runs now and then", () =>
    expect(
      versionsOf([image("CronJob/report", "report", "9"), image("Deployment/web", "web", "1")]).lines[0]?.what,
    ).toBe("web"));
  it("name a container that is not called as its workload after both", () =>
    expect(
      versionsOf([image("Deployment/web", "web", "1"), image("Deployment/web", "proxy", "2")]).lines.map(
        ({ what }) => what,
      ),
    ).toEqual(["web", "web/proxy"]));
  it("say how many are left out", () =>
    expect(
      versionsOf(["a", "b", "c", "d"].map((name, tag) => image(`Deployment/${name}`, name, String(tag)))).more,
    ).toBe("and 2 more"));
});

const cell = (changes: Partial<MatrixCell>): MatrixCell => ({
  environment: "Dev",
  configured: true,
  deploy_mode: "manual",
  images: [image("Deployment/web", "web", "1")],
  health: "ready",
  skew: false,
  stale: false,
  active_operation: null,
  ...changes,
});

const row = (application: string, ...cells: MatrixCell[]): MatrixRow => ({
  application,
  description: "Sells things",
  cells,
});

describe("a row's height", () => {
  const versions = ["1", "2", "3"].map((tag) => image(`Deployment/web-${tag}`, "web", tag));
  it("leaves room for a name and two lines about it", () =>
    expect(heightOf(row("shop", cell({ configured: false })))).toBe(heightOf(row("shop", cell({})))));
  it("is that of the cell that has most to say", () => {
    const much = cell({ images: versions, skew: true });
    expect(heightOf(row("shop", cell({}), much, cell({})))).toBe(heightOf(row("blog", much)));
    expect(heightOf(row("shop", much))).toBeGreaterThan(heightOf(row("shop", cell({ images: versions }))));
  });
  it("has a line for everything out of the ordinary", () =>
    expect(unusualIn(cell({ stale: true, active_operation: "op-1" }))).toEqual(["operation", "stale"]));
});

describe("the search", () => {
  const running = (tag: string) => cell({ images: [image("Deployment/web", "web", tag)] });
  const rows = [row("shop", running("1.4.2")), row("blog", running("2.0.0"))];
  it("finds by name, whatever the case", () =>
    expect(matching(rows, "SHOP").map(({ application }) => application)).toEqual(["shop"]));
  it("finds by a tag that runs", () =>
    expect(matching(rows, "2.0.0").map(({ application }) => application)).toEqual(["blog"]));
  it("asks for every word", () => expect(matching(rows, "shop 2.0.0")).toEqual([]));
  it("leaves everything where nothing is sought", () => expect(matching(rows, "  ")).toBe(rows));
});
