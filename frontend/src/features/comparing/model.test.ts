import { describe, expect, it } from "vitest";
import type { ComparedSide } from "@/api/contract";
import { makeComparison, makeDifference, makeMark, makeMissing, makeSide } from "@/test/comparison-factories";
import { makeResource } from "@/test/factories";
import {
  fieldOf,
  marksOf,
  missingKey,
  missingKeys,
  samePlace,
  sections,
  sideTitles,
  summary,
  valueClusters,
  valueText,
} from "./model";

const alone = (cluster: string): ComparedSide =>
  makeSide("Production", { clusters: [{ cluster, read: true, code: null, error: null }] });

describe("the titles of the sides", () => {
  it("are environments where these differ", () =>
    expect(sideTitles(makeComparison([]))).toEqual({ left: "Staging", right: "Production" }));
  it("name the clusters where both are one environment", () =>
    expect(sideTitles({ left: alone("eu"), right: alone("us") })).toEqual({
      left: "Production on eu",
      right: "Production on us",
    }));
  it("name a release", () =>
    expect(sideTitles({ left: makeSide("Production"), right: makeSide("Production", { release: 7 }) }).right).toBe(
      "Production, release 7",
    ));
});

describe("the sections", () => {
  const found = sections(makeComparison([makeDifference(), makeDifference({ path: "data.x", expected: true })]));
  it("are those in which there is something", () =>
    expect(found.map(({ section }) => section)).toEqual(["images", "config-maps"]));
  it("keep expected differences apart", () =>
    expect(found.map(({ differences, expected }) => [differences.length, expected.length])).toEqual([
      [0, 0],
      [1, 1],
    ]));
});

it.each([
  [makeComparison([]), "The same"],
  [makeComparison([makeDifference({ expected: true })]), "The same, 1 expected"],
  [makeComparison([makeDifference()]), "1 difference"],
  [makeComparison([makeDifference(), makeMissing("a")]), "2 differences"],
  [makeComparison([], { same: false, complete: false }), "No difference found; not everything could be compared"],
])("says in one line what came of it %#", (comparison, text) => expect(summary(comparison)).toBe(text));

it("names clusters where those of one side differ", () => {
  const values = ["eu", "us"].map((cluster) => ({ clusters: [cluster], present: true, value: cluster }));
  expect(valueClusters(values, values[0]!)).toBe("eu");
  expect(valueClusters([values[0]!], values[0]!)).toBeNull();
});

describe("keys that one side lacks", () => {
  it("can be brought to it", () =>
    expect(
      missingKeys(makeComparison([makeMissing("new"), makeMissing("old", { kind: "only-right", missing_in: "left" })])),
    ).toEqual([
      { id: "only-left ConfigMap/settings:new", direction: "to-right", name: "ConfigMap/settings:new" },
      { id: "only-right ConfigMap/settings:old", direction: "to-left", name: "ConfigMap/settings:old" },
    ]));
  it("are a whole object where it lacks that", () =>
    expect(missingKey(makeMissing("new", { path: "", key: null }))?.name).toBe("ConfigMap/settings"));
  it("are those alone of which the service says so", () =>
    expect([makeDifference(), makeMissing("x", { missing_in: null })].map(missingKey)).toEqual([null, null]));
  it("are not offered where they are expected to be missing", () =>
    expect(missingKeys(makeComparison([makeMissing("new", { expected: true })]))).toEqual([]));
  it("are brought neither between clusters of one environment nor from a release", () => {
    const differences = [makeMissing("new")];
    const clusters = { left: alone("eu"), right: alone("us") };
    const release = { left: makeSide("Staging"), right: makeSide("Production", { release: 7 }) };
    for (const sides of [clusters, release]) expect(missingKeys({ ...sides, differences })).toEqual([]);
  });
});

describe("the marks of a difference", () => {
  const comparison = makeComparison([]);
  it("are those that cover its field, in either direction", () => {
    const marks = [
      makeMark(),
      makeMark({ id: "whole", environments: ["Production", "Staging"], field: { ...makeMark().field, path: "" } }),
      makeMark({ id: "other path", field: { ...makeMark().field, path: "data.mod" } }),
      makeMark({ id: "other pair", environments: ["Development", "Production"] }),
      makeMark({ id: "other object", field: { ...makeMark().field, name: "others" } }),
    ];
    expect(marksOf(makeDifference(), marks, comparison).map(({ id }) => id)).toEqual(["mark-1", "whole"]);
  });
  it("name the group of the object's kind", () =>
    expect(fieldOf(makeDifference({ resource: makeResource("Deployment", "web"), path: "spec.replicas" }))).toEqual({
      group: "apps",
      kind: "Deployment",
      name: "web",
      path: "spec.replicas",
    }));
});

it("shows lists of texts line by line, and other values as they are", () =>
  expect([["a.example", "b.example"], "a", [], [1]].map(valueText)).toEqual([
    "a.example\nb.example",
    "a",
    "[]",
    "[\n  1\n]",
  ]));

it("knows one place from another", () => {
  const [eu, now, past] = [{ environment: "P", cluster: "eu" }, { environment: "P" }, { environment: "P", release: 1 }];
  expect(
    [
      [eu, eu],
      [eu, now],
      [now, past],
    ].map(([left, right]) => samePlace({ left: left!, right: right! })),
  ).toEqual([true, false, false]);
});
