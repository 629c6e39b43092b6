import { expect, it } from "vitest";
import { briefly, count, listed, shortDigest } from "./words";

it("counts one in the singular", () => expect(count(1, "image")).toBe("1 image"));
it("counts none in the plural", () => expect(count(0, "entry", "entries")).toBe("0 entries"));
it("joins the last of a list with and", () => expect(listed(["a", "b", "c"])).toBe("a, b and c"));
it("names the first of many, and how many more there are", () => {
  expect(briefly(["a", "b", "c", "d"], 2)).toBe("a, b and 2 more");
  expect(briefly(["a", "b"], 2)).toBe("a and b");
});
it("leaves a list of one alone", () => expect(listed(["a"])).toBe("a"));
it("cuts a digest to what container tools show", () =>
  expect(shortDigest("sha256:0123456789abcdef0123")).toBe("0123456789ab"));
