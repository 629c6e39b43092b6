import { describe, expect, it } from "vitest";
import { labelsIn, labelWords } from "./labels";

describe("labels as text", () => {
  it("are read as they are written", () => {
    const labels = { team: "shop", "example.com/tier": "", v: "1.2_x" };
    expect(labelsIn(labelWords(labels))).toEqual(labels);
  });
  it("may be separated by spaces and lines", () =>
    expect(labelsIn(" a=1\nb=2 ,c=3, ")).toEqual({ a: "1", b: "2", c: "3" }));
  it("are none in an empty text", () => expect(labelsIn("  ")).toEqual({}));
  it("are refused where a part is none", () => {
    for (const text of ["team", "=shop", "team==shop", "-a=b", "team=a b", "team=ä"]) expect(labelsIn(text)).toBeNull();
  });
});
