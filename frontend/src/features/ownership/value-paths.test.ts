import { expect, it } from "vitest";
import { parsePath, pathText } from "./value-paths";

it.each([
  ["image.tag", ["image", "tag"]],
  ["containers[0].image", ["containers", 0, "image"]],
  ['images["web.eu"].tag', ["images", "web.eu", "tag"]],
])("the path %s is read, and written as it was", (text, steps) => {
  expect(parsePath(text)).toEqual(steps);
  expect(pathText(steps)).toBe(text);
});

it.each(["", " ", "image.", ".tag", "image..tag", "images[x]", "images[0", 'images["web'])("%j is no path", (text) =>
  expect(parsePath(text)).toBeNull(),
);
