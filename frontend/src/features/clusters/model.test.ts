import { describe, expect, it } from "vitest";
import { parseLabels, suggestedName, writtenLabels } from "./model";

describe("labels", () => {
  it("are read as they are written", () => {
    const labels = { region: "eu", tier: "" };
    expect(parseLabels(writtenLabels(labels))).toEqual(labels);
  });
  it("without a key are refused", () => expect(parseLabels("region=eu, =x")).toBeNull());
  it("without an equals sign are refused", () => expect(parseLabels("region")).toBeNull());
  it("may be empty", () => expect(parseLabels("  ")).toEqual({}));
});

describe("a cluster's suggested name", () => {
  it("is its current context", () => expect(suggestedName("kind: Config\ncurrent-context: prod-eu\n")).toBe("prod-eu"));
  it("contains valid characters only", () =>
    expect(suggestedName('current-context: "arn:aws:eks/prod_eu"')).toBe("arn-aws-eks-prod-eu"));
  it("is empty without a context", () => expect(suggestedName("kind: Config")).toBe(""));
  it("has at most 63 characters", () => expect(suggestedName(`current-context: ${"a".repeat(80)}`)).toHaveLength(63));
});
