import { describe, expect, it } from "vitest";
import { byResource, isUnchanged, tally, writes } from "./copy-plan";

type Action = "create" | "update" | "unchanged" | "keep" | "blocked";
const planned = (name: string, action: Action, changes: string[] = []) => ({
  resource: { api_version: "v1", kind: "ConfigMap", name },
  action,
  changes,
  notes: [],
});
const on = (cluster: string, ...resources: ReturnType<typeof planned>[]) => ({
  cluster,
  namespace: "shop",
  namespace_action: "unchanged" as const,
  resources,
});

describe("a plan by resource", () => {
  it("puts clusters with the same changes into one cell", () => {
    const [row] = byResource([on("eu", planned("a", "update", ["x"])), on("us", planned("a", "update", ["x"]))]);
    expect(row?.cells.map(({ clusters }) => clusters)).toEqual([["eu", "us"]]);
  });
  it("gives clusters with different changes a cell each", () => {
    const [row] = byResource([on("eu", planned("a", "update", ["x"])), on("us", planned("a", "update", ["y"]))]);
    expect(row?.cells).toHaveLength(2);
  });
  it("calls a resource unchanged only if no cluster writes it", () => {
    const rows = byResource([on("eu", planned("a", "unchanged")), on("us", planned("a", "create"))]);
    expect(rows.map(isUnchanged)).toEqual([false]);
  });
});

it("counts each resource once, and only the clusters that are written to", () =>
  expect(
    writes([on("eu", planned("a", "create"), planned("b", "keep")), on("us", planned("a", "create")), on("asia")]),
  ).toEqual({
    resources: 1,
    clusters: 2,
  }));

it("counts resources by action, the most important action first", () =>
  expect(
    tally(byResource([on("eu", planned("a", "create"), planned("b", "unchanged"), planned("c", "blocked"))])),
  ).toEqual([
    { action: "blocked", amount: 1 },
    { action: "create", amount: 1 },
    { action: "unchanged", amount: 1 },
  ]));
