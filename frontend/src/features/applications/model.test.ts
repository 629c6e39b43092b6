import { describe, expect, it } from "vitest";
import type { MatrixCell, MatrixRow } from "@/api/contract";
import { heightOf, matching, conditionsOf, versionsOf } from "./model";

const image = (workload: string, container: string, tag: string) => ({
  workload,
  container,
  tag,
  digest: null,
  written: null,
});

describe("a cell's versions", () => {
  it("are one line if all containers run the same tag", () =>
    expect(versionsOf([image("Deployment/web", "web", "1.4"), image("Deployment/api", "api", "1.4")])).toEqual({
      lines: [{ container: null, version: "1.4" }],
      more: null,
    }));
  it("list long-running workloads before jobs", () =>
    expect(
      versionsOf([image("CronJob/report", "report", "9"), image("Deployment/web", "web", "1")]).lines[0]?.container,
    ).toBe("web"));
  it("name workload and container if their names differ", () =>
    expect(
      versionsOf([image("Deployment/web", "web", "1"), image("Deployment/web", "proxy", "2")]).lines.map(
        ({ container }) => container,
      ),
    ).toEqual(["web", "web/proxy"]));
  it("say what is written where pods keep a former image", () =>
    expect(
      versionsOf([
        {
          ...image("StatefulSet/ledger", "ledger", "5.1.0"),
          written: { reference: "ledger:5.2.0", repository: "ledger", tag: "5.2.0", digest: null },
        },
      ]).lines[0]?.version,
    ).toBe("5.1.0 (5.2.0 written)"));
  it("end with the number of containers not shown", () =>
    expect(
      versionsOf(["a", "b", "c", "d"].map((name, tag) => image(`Deployment/${name}`, name, String(tag)))).more,
    ).toBe("and 2 more"));
});

const cell = (changes: Partial<MatrixCell>): MatrixCell => ({
  environment: "Dev",
  configured: true,
  deploy_mode: "manual",
  follow: null,
  images: [image("Deployment/web", "web", "1")],
  health: "ready",
  skew: false,
  drift: false,
  not_level: [],
  missing_keys: null,
  custom_resources: null,
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
  it("has room for the name and two lines of description", () =>
    expect(heightOf(row("shop", cell({ configured: false })))).toBe(heightOf(row("shop", cell({})))));
  it("is that of the highest cell", () => {
    const much = cell({ images: versions, skew: true });
    expect(heightOf(row("shop", cell({}), much, cell({})))).toBe(heightOf(row("blog", much)));
    expect(heightOf(row("shop", much))).toBeGreaterThan(heightOf(row("shop", cell({ images: versions }))));
  });
  it("includes a line for each condition", () =>
    expect(
      conditionsOf(
        cell({
          stale: true,
          drift: true,
          active_operation: "op-1",
          missing_keys: { source: "Dev", count: 1, whole_objects: 1, objects: [] },
        }),
      ),
    ).toEqual(["operation", "drift", "missing-keys", "stale"]));
  it("includes a line for custom resources only if one needs attention", () => {
    const held = { total: 3, resource: null, health: null, reason: null, since: null };
    expect(conditionsOf(cell({ custom_resources: { ...held, unhealthy: 0 } }))).toEqual([]);
    expect(conditionsOf(cell({ custom_resources: { ...held, unhealthy: 1 } }))).toEqual(["custom"]);
  });
});

describe("the search", () => {
  const running = (tag: string) => cell({ images: [image("Deployment/web", "web", tag)] });
  const rows = [row("shop", running("1.4.2")), row("blog", running("2.0.0"))];
  it("ignores case in names", () =>
    expect(matching(rows, "SHOP").map(({ application }) => application)).toEqual(["shop"]));
  it("finds a running tag", () =>
    expect(matching(rows, "2.0.0").map(({ application }) => application)).toEqual(["blog"]));
  it("requires every word", () => expect(matching(rows, "shop 2.0.0")).toEqual([]));
  it("returns all rows for an empty search", () => expect(matching(rows, "  ")).toBe(rows));
});
