import { describe, expect, it } from "vitest";
import { makeEndedPromotion, makeOperation } from "@/test/operation-factories";
import { mayBePutBack } from "./model";

describe("the way back from the history", () => {
  it("is offered where an ended operation may have left its images", () => {
    expect(mayBePutBack(makeEndedPromotion({ "prod-eu": "succeeded", "prod-us": "failed" }))).toBe(true);
    expect(mayBePutBack(makeEndedPromotion({ "prod-eu": "rolled-back", "prod-us": "skipped" }))).toBe(false);
  });

  it("is not offered while it runs, nor for what has no images", () => {
    expect(mayBePutBack(makeOperation())).toBe(false);
    expect(mayBePutBack({ ...makeEndedPromotion({ "prod-eu": "succeeded" }), kind: "import" })).toBe(false);
  });
});
