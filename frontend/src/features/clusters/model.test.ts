import { describe, expect, it } from "vitest";
import { parseLabels, suggestedName, writtenLabels } from "./model";

describe("labels", () => {
  it("are read as they are written", () => {
    const labels = { region: "eu", tier: "" };
    expect(parseLabels(writtenLabels(labels))).toEqual(labels);
  });
  it("without a key are refused", () => expect(parseLabels("region=eu, =x")).toBeNull());
  it("without an equals sign are refused", () => expect(parseLabels("region")).toBeNull());
  it("may be none", () => expect(parseLabels("  ")).toEqual({}));
});

describe("a cluster's suggested name", () => {
  it("is its current context", () => expect(suggestedName("kind: Config\ncurrent-context: prod-eu\n")).toBe("prod-eu"));
  it("has only what a name may have", () =>
    expect(suggestedName('current-context: "arn:aws:eks/prod_eu"')).toBe("arn-aws-eks-prod-eu"));
  it("is nothing where there is no context", () => expect(suggestedName("kind: Config")).toBe(""));
  it("is no longer than a name may be", () =>
    expect(suggestedName(`current-context: ${"a".repeat(80)}`)).toHaveLength(63));
});
