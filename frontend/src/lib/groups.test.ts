import { expect, it } from "vitest";
import { groupsOf } from "./groups";

it("groups are named once, with their provider", () =>
  expect(
    groupsOf([
      { provider: "corp", groups: ["shop", "ops"] },
      { provider: "corp", groups: ["shop"] },
      { provider: "partner", groups: ["shop"] },
    ]),
  ).toEqual(["corp:ops", "corp:shop", "partner:shop"]));
