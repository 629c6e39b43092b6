import { describe, expect, it } from "vitest";
import type { Divergence, FoundField } from "@/api/contract";
import { byWriter, fieldName, importingOf, whatDrifted, whereDrifted } from "./fields";

const field = (key: string | null, over: Partial<FoundField> = {}): FoundField => ({
  path: key ? `data.${key}` : "",
  key,
  removed: key === null,
  manager: "kubectl-edit",
  written_at: "2026-11-27T09:12:44Z",
  ...over,
});

const drifted = (...fields: FoundField[]): Divergence => ({
  id: "d",
  kind: "key-drift",
  workload: { api_version: "v1", kind: "ConfigMap", name: "settings" },
  container: "",
  init: false,
  found: [],
  fields: ["prod-eu", "prod-us"].map((cluster) => ({ cluster, fields })),
  release: 7,
  since: "2026-11-27T09:12:45Z",
  application: "shop",
  environment: "Production",
  last_release: 7,
  source: "Staging",
  remedy: "Import it again from Staging to bring it back, or accept it.",
});

const workload = { api_version: "apps/v1", kind: "Deployment", name: "web" };

it("is called after its container, or after its object", () => {
  const image = { ...drifted(), workload, container: "proxy" };
  expect([image, drifted()].map(whatDrifted)).toEqual(["proxy", "ConfigMap settings"]);
  expect([image, drifted()].map(whereDrifted)).toEqual(["Deployment web, proxy", "ConfigMap settings"]);
});

it("names keys, and other fields by their short path", () => {
  const path = "spec.template.spec.containers[web].resources.limits.cpu";
  expect([field("mode"), field(null, { path }), field(null)].map(fieldName)).toEqual([
    "mode",
    "containers[web].resources.limits.cpu",
    null,
  ]);
});

it("puts together what one manager wrote at one time", () => {
  const found = byWriter([field("a"), field("b", { manager: "helm" }), field("c"), field("d", { written_at: null })]);
  expect(found.map(({ manager, fields }) => [manager, fields.map(({ key }) => key)])).toEqual([
    ["kubectl-edit", ["a", "c"]],
    ["helm", ["b"]],
    ["kubectl-edit", ["d"]],
  ]);
});

describe("an import that brings it back", () => {
  it("takes each key once, whatever the number of clusters", () =>
    expect(importingOf(drifted(field("mode"), field("url")))?.names).toEqual([
      "ConfigMap/settings:mode",
      "ConfigMap/settings:url",
    ]));
  it("takes the whole object where that is gone", () =>
    expect(importingOf(drifted(field(null)))?.names).toEqual(["ConfigMap/settings"]));
  it("leaves the choice of resources to a person where other fields drifted", () =>
    expect(importingOf({ ...drifted(), kind: "field-drift", workload })).toEqual({
      application: "shop",
      environment: "Production",
      source: "Staging",
      names: null,
    }));
  it("is not offered for images, nor without an environment that it could come from", () =>
    expect(
      [
        { ...drifted(), kind: "image-drift" as const },
        { ...drifted(), source: null },
      ].map(importingOf),
    ).toEqual([null, null]));
});
