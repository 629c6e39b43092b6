import { describe, expect, it } from "vitest";
import type { PolicyRule } from "@/api/contract";
import { makeKnownImage } from "@/test/factories";
import { draftOf, emptyRule, imageStatus, inputOf, lackOf, ruleSentence } from "./model";

const rule = { ...emptyRule("1"), container: "web" };

describe("a rule", () => {
  it("says in a sentence what it takes", () =>
    expect(
      ruleSentence({ ...rule, kind: "semver", range: "^1.4", newestBy: "semver", deny: ["*-rc*", "*-beta*"] }),
    ).toBe("Container web takes versions in ^1.4, but never *-rc* or *-beta*. The newest is the highest version."));
  it("for everything says so, and that lower versions may come", () =>
    expect(ruleSentence({ ...rule, container: "", allow: ["v*"], allowDowngrade: true })).toBe(
      "Every container takes any tag, if they look like v*. The newest is the one pushed last. " +
        "A lower version than the running one is taken, too.",
    ));
  it("sends the fields of its kind alone", () =>
    expect(inputOf({ ...rule, kind: "glob", pattern: " release-* ", range: "^1", tags: ["1"] })).toEqual({
      match: { container: "web", repository: null },
      select: { kind: "glob", pattern: "release-*" },
      newest_by: "push",
      allow: [],
      deny: [],
      allow_downgrade: false,
    }));
  it("that was kept comes back as it was", () => {
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
  it("is not whole without what its kind asks for", () => {
    expect(lackOf(rule)).toBeNull();
    expect(lackOf({ ...rule, kind: "exact" })).toBe("Name at least one tag.");
    expect(lackOf({ ...rule, kind: "regex", pattern: " " })).toBe("Write the pattern.");
    expect(lackOf({ ...rule, kind: "semver" })).toBe("Write the range.");
  });
});

describe("a pushed image", () => {
  it("waits as long as nothing has been decided", () =>
    expect(imageStatus(makeKnownImage({ verdict: null, state: "waiting", offered: false })).label).toBe(
      "Being looked up",
    ));
  it("that was deployed says how that ended", () =>
    expect(imageStatus(makeKnownImage({ verdict: "deploying", operation_state: "failed", offered: false })).label).toBe(
      "Deployment failed",
    ));
  it("that is not offered any more says so", () =>
    expect(imageStatus(makeKnownImage({ offered: false })).label).toBe("No longer offered"));
});
