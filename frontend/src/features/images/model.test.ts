import { describe, expect, it } from "vitest";
import type { PolicyRule } from "@/api/contract";
import { makeKnownImage } from "@/test/push-factories";
import { draftOf, emptyRule, imageReason, imageStatus, inputOf, lackOf, proposalIn, ruleSentence } from "./model";

const rule = { ...emptyRule("1"), container: "web" };

describe("a rule", () => {
  it("is summarised in a sentence", () =>
    expect(
      ruleSentence({ ...rule, kind: "semver", range: "^1.4", newestBy: "semver", deny: ["*-rc*", "*-beta*"] }),
    ).toBe("Container web accepts versions in ^1.4, but never *-rc* or *-beta*. The newest is the highest version."));
  it("for all containers says so, and that downgrades are allowed", () =>
    expect(ruleSentence({ ...rule, container: "", allow: ["v*"], allowDowngrade: true })).toBe(
      "Every container accepts any tag, limited to v*. The newest is the last pushed. " + "Downgrades are allowed.",
    ));
  it("sends the fields of its kind only", () =>
    expect(inputOf({ ...rule, kind: "glob", pattern: " release-* ", range: "^1", tags: ["1"] })).toEqual({
      match: { container: "web", repository: null },
      select: { kind: "glob", pattern: "release-*" },
      newest_by: "push",
      allow: [],
      deny: [],
      allow_downgrade: false,
    }));
  it("that was loaded is sent back unchanged", () => {
    const kept: PolicyRule = {
      match: { container: null, repository: "registry.example/shop/web" },
      select: { kind: "exact", tags: ["1", "2"], pattern: null, range: null, prereleases: null, description: "1, 2" },
      newest_by: "built",
      allow: ["1*"],
      deny: [],
      allow_downgrade: true,
    };
    expect(inputOf(draftOf(kept, "1"))).toEqual({ ...kept, select: { kind: "exact", tags: ["1", "2"] } });
  });
  it("is incomplete without the fields of its kind", () => {
    expect(lackOf(rule)).toBeNull();
    expect(lackOf({ ...rule, kind: "exact" })).toBe("Enter at least one tag.");
    expect(lackOf({ ...rule, kind: "regex", pattern: " " })).toBe("Enter a pattern.");
    expect(lackOf({ ...rule, kind: "semver" })).toBe("Enter a range.");
  });
});

describe("a pushed image", () => {
  it("without a verdict shows its processing state", () =>
    expect(imageStatus(makeKnownImage({ verdict: null, state: "waiting", offered: false })).label).toBe(
      "Resolving digest",
    ));
  it("that was deployed shows the result of its operation", () =>
    expect(imageStatus(makeKnownImage({ verdict: "deploying", operation_state: "failed", offered: false })).label).toBe(
      "Deployment failed",
    ));
  it("that is no longer offered says so", () =>
    expect(imageStatus(makeKnownImage({ offered: false })).label).toBe("No longer offered"));
});

describe("an image that was decided without a verdict here", () => {
  const image = makeKnownImage({ state: "decided", verdict: null, offered: false });
  it("is not being evaluated any more, and says why it has no verdict", () => {
    expect(imageStatus(image)).toEqual({ label: "Not evaluated here", tone: "idle", icon: "dash" });
    expect(imageReason(image)).toMatch(/^It was pushed before its repository was known to run/);
  });
  it("differs from one that waits to be evaluated", () => {
    const ready = makeKnownImage({ state: "ready", verdict: null, offered: false });
    expect(imageStatus(ready).label).toBe("Evaluating policy");
    expect(imageReason(ready)).toBeNull();
  });
});

describe("an explanation", () => {
  it("names the proposal that the image waits for", () => {
    const stop = { kind: "stop", id: "s1" };
    expect(proposalIn({ gates: [stop, { kind: "approval", id: "p1" }] })).toBe("p1");
    expect(proposalIn({ gates: [stop] })).toBeNull();
    expect(proposalIn({ gates: [{ kind: "approval", id: null }] })).toBeNull();
    expect(proposalIn({ operation: "o1" })).toBeNull();
  });
});
