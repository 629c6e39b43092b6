import { describe, expect, it } from "vitest";
import { moved } from "./model";

describe("moving an environment", () => {
  const order = ["Development", "Staging", "Production"];
  it("inserts it at the new index and closes the gap", () =>
    expect(moved(order, 0, 2)).toEqual(["Staging", "Production", "Development"]));
  it("moves up as well", () => expect(moved(order, 2, 1)).toEqual(["Development", "Production", "Staging"]));
  it("beyond the ends changes nothing", () => expect(moved(order, 2, 3)).toEqual(order));
  it("does not modify the given list", () => {
    moved(order, 0, 1);
    expect(order).toEqual(["Development", "Staging", "Production"]);
  });
});
