import { describe, expect, it } from "vitest";
import { ApiProblem } from "@/api/problem";
import { faultsIn } from "./faults";

const refused = (over: object) => new ApiProblem({ title: "Not valid", code: "invalid-request", ...over });

describe("what the service says about a strategy", () => {
  it("stands at the ring or the check that it is about", () => {
    const faults = faultsIn(
      refused({
        errors: [
          { field: "body.strategy.rings[0].soak_seconds", code: "x", message: "Too long" },
          { field: "body.strategy.rings[0].checks[1]", code: "x", message: "Value error, No URL" },
          { field: "body.name", code: "x", message: "Taken" },
        ],
      }),
    );
    expect(faults.ofRing(0)).toEqual(["Too long"]);
    expect(faults.ofRing(1)).toEqual([]);
    expect(faults.at("rings[0].checks[1]")).toEqual(["No URL"]);
    expect(faults.at("")).toEqual([]);
  });

  it("stands at the hook that it names", () => {
    const faults = faultsIn(refused({ field: "body.strategy", detail: "'migrate': it is no Job of batch/v1." }));
    expect(faults.naming("migrate")).toEqual(["'migrate': it is no Job of batch/v1."]);
    expect(faults.naming("warm-up")).toEqual([]);
    expect(faults.at("")).toEqual([]);
  });

  it("stands at the strategy as a whole otherwise", () => {
    const faults = faultsIn(refused({ field: "strategy", detail: "Two checks are named smoke." }));
    expect(faults.at("")).toEqual(["Two checks are named smoke."]);
    expect(faultsIn(null).at("")).toEqual([]);
  });
});
