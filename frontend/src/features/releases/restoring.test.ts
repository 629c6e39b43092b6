import { describe, expect, it } from "vitest";
import type { PromotionPlan } from "@/api/contract";
import { makeResource } from "@/test/factories";
import { makeImagePlan } from "@/test/plan-factories";
import { allObjects, objectsIn, toggled } from "./restoring";

const settings = makeResource("ConfigMap", "settings");
const login = makeResource("Secret", "login");

const planOf = (...objects: (typeof settings)[]): PromotionPlan => {
  const plan = makeImagePlan();
  const configuration = objects.map((resource) => ({ resource, action: "update" as const, changes: [] }));
  return { ...plan, clusters: plan.clusters.map((cluster) => ({ ...cluster, configuration })) };
};

describe("what a rollback puts back", () => {
  it("is everything that the plan has, each once", () => {
    expect(objectsIn(planOf(login, settings), allObjects)).toEqual([settings, login]);
  });

  it("keeps what was left out in the list, although the next plan has it no longer", () => {
    const choice = toggled(planOf(login, settings), allObjects, login);
    expect(choice).toEqual({ kept: [settings], left: [login] });
    expect(objectsIn(planOf(settings), choice)).toEqual([settings, login]);
    expect(toggled(planOf(settings), choice, login).left).toEqual([]);
  });

  it("does not lose its last object", () => {
    expect(toggled(planOf(settings), allObjects, settings)).toBe(allObjects);
  });
});
