import { expect, it } from "vitest";
import { makePerson } from "@/test/people-factories";
import { groupWords, peopleMatching } from "./model";

it.each([["ada"], ["EXAMPLE.com"], [" ops "], ["2482"], ["corp"], [""]])("finds Ada by %j", (text) =>
  expect(peopleMatching([makePerson()], text)).toHaveLength(1),
);

it("finds nobody by what is nowhere", () => expect(peopleMatching([makePerson({ email: null })], "ada@")).toEqual([]));

it.each([
  [0, "none"],
  [2, "g1, g2"],
  [5, "g1, g2, g3, g4, g5"],
  [6, "g1, g2, g3, g4 and 2 more"],
])("names %i groups as %j", (count, words) =>
  expect(groupWords(Array.from({ length: count }, (_, index) => `g${index + 1}`))).toBe(words),
);
