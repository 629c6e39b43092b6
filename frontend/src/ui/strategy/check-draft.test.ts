import { describe, expect, it } from "vitest";
import type { Ring } from "./words";
import { checkDraftOf, checkFrom, checkLack, newCheck } from "./check-draft";

type Check = Ring["checks"][number];

const http: NonNullable<Check["http"]> = {
  url: "https://shop.example/version",
  window: { seconds: 120, every: 5 },
  method: "GET",
  headers: { Accept: "application/json" },
  statuses: [200, 204],
  contains: null,
  pointer: "/version",
  value: "1.4.0",
};

describe("the form of a check", () => {
  it("sends the HTTP request that it was opened with, with headers for which it has no fields", () => {
    const draft = checkDraftOf({ name: "version", http, job: null, prometheus: null });
    expect(checkFrom(draft)).toEqual({ name: "version", http });
  });

  it.each(["1.4.0", "3", 3, true, "true", '"quoted"'])("keeps the expected value %j what it is", (value) => {
    const draft = checkDraftOf({ name: "version", http: { ...http, value }, job: null, prometheus: null });
    expect(checkFrom(draft).http?.value).toBe(value);
  });

  it("sends the Prometheus query that it was opened with", () => {
    const prometheus: NonNullable<Check["prometheus"]> = {
      url: "https://prometheus.example",
      query: "sum(errors)",
      comparison: "<=",
      bound: 0.5,
      window: { seconds: 300, every: 15 },
      no_data: "wait",
    };
    const draft = checkDraftOf({ name: "errors", prometheus, http: null, job: null });
    expect(checkFrom(draft)).toEqual({ name: "errors", prometheus });
  });

  it("sends the Job that it was opened with, read from YAML", () => {
    const job = {
      scope: "cluster" as const,
      job: { manifest: { kind: "Job", spec: { backoffLimit: 0 } }, seconds: 90 },
    };
    const draft = checkDraftOf({ name: "smoke", job, http: null, prometheus: null });
    expect(draft.manifest).toBe("kind: Job\nspec:\n  backoffLimit: 0\n");
    expect(checkFrom(draft)).toEqual({ name: "smoke", job });
  });

  it.each([
    [{ ...newCheck("http", "a"), name: "" }, "Give the check a name."],
    [newCheck("http", "a"), "Write the address."],
    [{ ...newCheck("http", "a"), url: "https://x", statuses: ["ok"] }, "Write at least one status, as 200."],
    [{ ...newCheck("prometheus", "a"), url: "https://x" }, "Write the query."],
    [{ ...newCheck("prometheus", "a"), url: "https://x", query: "up" }, "Write the bound."],
    [{ ...newCheck("job", "a"), manifest: "kind: [" }, expect.stringMatching(/^Line \d+: /) as unknown],
    [{ ...newCheck("job", "a"), manifest: "text" }, "Write a Job of batch/v1 as YAML."],
    [newCheck("job", "a"), null],
  ])("says what a check lacks", (draft, lack) => {
    expect(checkLack(draft)).toEqual(lack);
  });
});
