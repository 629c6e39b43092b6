import { describe, expect, it } from "vitest";
import { makeEndedPromotion, makeOperation } from "@/test/operation-factories";
import { mayBePutBack, stepsBack } from "./model";

describe("the way back from the history", () => {
  it("is offered where an ended operation may have left its images", () => {
    expect(mayBePutBack(makeEndedPromotion({ "prod-eu": "succeeded", "prod-us": "failed" }))).toBe(true);
    expect(mayBePutBack(makeEndedPromotion({ "prod-eu": "rolled-back", "prod-us": "skipped" }))).toBe(false);
  });

  it("is not offered while it runs, nor for what has no images", () => {
    expect(mayBePutBack(makeOperation())).toBe(false);
    expect(mayBePutBack({ ...makeEndedPromotion({ "prod-eu": "succeeded" }), kind: "import" })).toBe(false);
  });

  it("is offered from the last operation of each place alone", () => {
    const of = (id: string, environment: string) => ({
      ...makeEndedPromotion({ "prod-eu": "succeeded" }),
      id,
      environment,
    });
    expect([...stepsBack([of("3", "Production"), of("2", "Staging"), of("1", "Production")])]).toEqual(["3", "2"]);
  });

  it("is not offered past what took it back, nor past what runs now", () => {
    const former = makeEndedPromotion({ "prod-eu": "succeeded" });
    expect([...stepsBack([{ ...former, id: "2", kind: "rollback" }, former])]).toEqual([]);
    expect([...stepsBack([{ ...makeOperation(), id: "2" }, former])]).toEqual([]);
    expect([...stepsBack([{ ...former, id: "2", kind: "import" }, former])]).toEqual([former.id]);
  });
});
