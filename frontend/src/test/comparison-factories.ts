/** Builders for comparisons. */
import type { ComparedSide, Comparison, Difference, ExpectedDifference } from "@/api/contract";
import { makeResource } from "./factories";

export const makeSide = (environment: string, over: Partial<ComparedSide> = {}): ComparedSide => ({
  environment,
  namespace: "shop",
  release: null,
  clusters: [{ cluster: `${environment.toLowerCase()}-1`, read: true, code: null, error: null }],
  skew: 0,
  ...over,
});

/** A key of a ConfigMap that differs. */
export const makeDifference = (over: Partial<Difference> = {}): Difference => ({
  resource: makeResource("ConfigMap", "settings"),
  path: "data.mode",
  section: "config-maps",
  kind: "differs",
  key: "mode",
  hidden: false,
  expected: false,
  proposed: null,
  missing_in: null,
  left: [{ clusters: ["staging-1"], present: true, value: "debug" }],
  right: [{ clusters: ["production-1"], present: true, value: "info" }],
  ...over,
});

/** A key that the right side lacks. */
export const makeMissing = (key: string, over: Partial<Difference> = {}): Difference =>
  makeDifference({
    path: `data.${key}`,
    key,
    kind: "only-left",
    missing_in: "right",
    right: [{ clusters: ["production-1"], present: false, value: null }],
    ...over,
  });

export const makeComparison = (differences: Difference[], over: Partial<Comparison> = {}): Comparison => ({
  application: "shop",
  same: differences.every(({ expected }) => expected),
  complete: true,
  left: makeSide("Staging"),
  right: makeSide("Production"),
  differences,
  counts: [
    { section: "images", same: 2, different: 0, expected: 0 },
    { section: "config-maps", same: 5, different: 0, expected: 0 },
    { section: "secrets", same: 0, different: 0, expected: 0 },
  ],
  not_recorded: [],
  not_compared: [],
  lacking: null,
  ...over,
});

export const makeMark = (over: Partial<ExpectedDifference> = {}): ExpectedDifference => ({
  id: "mark-1",
  environments: ["Staging", "Production"],
  field: { group: "", kind: "ConfigMap", name: "settings", path: "data.mode" },
  reason: null,
  by: { kind: "person", id: "person-1", name: "ada" },
  created_at: "2026-11-23T12:00:00Z",
  ...over,
});
