import { describe, expect, it } from "vitest";
import { allows, allowsNew, allowsSomewhere, asksForLabels, missingRight, scopeWords } from "./rights";

const anywhere = { applications: null, labels: null, environments: null };
const holds = (...scopes: { applications?: string[]; environments?: string[] }[]) => [
  { right: "promote", scopes: scopes.map((scope) => ({ ...anywhere, ...scope })) },
];
const byLabel = [{ right: "promote", scopes: [{ ...anywhere, labels: { team: "shop" }, environments: ["Staging"] }] }];
const at = (application: string, environment: string) => ({ application: { name: application }, environment });

describe("a right in a place", () => {
  it("is held everywhere by a scope without names", () => {
    expect(allows(holds({}), "promote", at("shop", "Production"))).toBe(true);
    expect(allows(holds({}), "promote", {})).toBe(true);
  });
  it("is held only on the named applications and environments, whatever their case", () => {
    const held = holds({ applications: ["Shop"], environments: ["Staging"] });
    expect(allows(held, "promote", at("shop", "staging"))).toBe(true);
    expect(allows(held, "promote", at("docs", "Staging"))).toBe(false);
    expect(allows(held, "promote", at("shop", "Production"))).toBe(false);
  });
  it("is not put together from two scopes", () => {
    const held = holds({ applications: ["shop"], environments: ["Staging"] }, { environments: ["Production"] });
    expect(allows(held, "promote", at("shop", "Production"))).toBe(true);
    expect(allows(held, "promote", { application: { name: "shop" } })).toBe(false);
  });
  it("is not held on all by a scope with names, not even of all that exist", () => {
    expect(allows(holds({ environments: ["Staging"] }), "promote", { application: { name: "shop" } })).toBe(false);
    expect(allows(holds({ applications: ["shop"] }), "promote", { environment: "Staging" })).toBe(false);
  });
  it("is held nowhere by a scope whose names are all deleted", () =>
    expect(allows(holds({ applications: [] }), "promote", at("shop", "Staging"))).toBe(false));
  it("is another one than those that are held", () =>
    expect(allows<string>(holds({}), "administer", at("shop", "Staging"))).toBe(false));
  it("follows the application's labels", () => {
    const place = (labels?: Record<string, string>) => ({
      application: { name: "web", labels },
      environment: "Staging",
    });
    expect(allows(byLabel, "promote", place({ team: "shop", tier: "1" }))).toBe(true);
    expect(allows(byLabel, "promote", place({ team: "docs" }))).toBe(false);
    expect(allows(byLabel, "promote", place({}))).toBe(false);
    expect(allows(byLabel, "promote", place())).toBe(false);
    expect(allows(byLabel, "promote", { environment: "Staging" })).toBe(false);
  });
});

it("labels are asked for only where they decide", () => {
  expect(asksForLabels(byLabel, "promote", { application: "web", environment: "Staging" })).toBe(true);
  expect(asksForLabels(byLabel, "promote", { application: "web", environment: "Production" })).toBe(false);
  expect(asksForLabels(byLabel, "promote", { environment: "Staging" })).toBe(false);
  expect(asksForLabels(holds({}), "promote", { application: "web", environment: "Staging" })).toBe(false);
  const both = [{ right: "promote", scopes: [...byLabel[0]!.scopes, { ...anywhere, applications: ["web"] }] }];
  expect(asksForLabels(both, "promote", { application: "web", environment: "Staging" })).toBe(false);
});

it("a right is held somewhere if a scope gives it", () => {
  expect(allowsSomewhere(byLabel, "promote")).toBe(true);
  expect(allowsSomewhere<string>(byLabel, "maintain")).toBe(false);
});

it("a new application needs the right in every environment, and no name that exists", () => {
  expect(allowsNew(holds({}), "promote")).toBe(true);
  expect(allowsNew([{ right: "promote", scopes: [{ ...anywhere, labels: { team: "shop" } }] }], "promote")).toBe(true);
  expect(allowsNew(byLabel, "promote")).toBe(false);
  expect(allowsNew(holds({ applications: ["shop"] }), "promote")).toBe(false);
});

describe("in words", () => {
  it("the missing right has its place", () => {
    expect(missingRight("promote", { application: "shop", environment: "Production" })).toBe(
      "Requires the right promote on shop in Production.",
    );
    expect(missingRight("maintain", { application: "shop" })).toBe(
      "Requires the right maintain on shop in every environment.",
    );
    expect(missingRight("maintain", { environment: "Staging" })).toBe(
      "Requires the right maintain on all applications in Staging.",
    );
    expect(missingRight("administer", {})).toBe(
      "Requires the right administer on all applications in all environments.",
    );
  });
  it("a scope tells all, some, none any more, and labels", () => {
    expect(scopeWords(anywhere)).toBe("all applications in all environments");
    expect(scopeWords({ ...anywhere, applications: ["a", "b"], environments: ["Staging"] })).toBe("a and b in Staging");
    expect(scopeWords({ ...anywhere, applications: [], environments: [] })).toBe(
      "no application any more in no environment any more",
    );
    expect(scopeWords({ ...anywhere, labels: { team: "shop", tier: "1" } })).toBe(
      "applications with team=shop, tier=1 in all environments",
    );
    expect(scopeWords({ ...anywhere, applications: ["a"], labels: { team: "shop" } })).toBe(
      "a with team=shop in all environments",
    );
  });
});
