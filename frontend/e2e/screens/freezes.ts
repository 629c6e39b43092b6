/** Freezes and their calendar. */
import { expect, type Page } from "@playwright/test";
import { makeFreeze, makeOccurrence } from "@/test/gate-factories";
import { answered, fromNow } from "./answers";
import { press, type ScreenState } from "./screen";

const environments = ["Production"];
const weekends = { id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073990", name: "weekends", effect: "deny" } as const;
const hours = { id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073991", name: "working hours", effect: "allow" } as const;

const freezes = [weekends, hours].map((each) =>
  makeFreeze({ ...each, environments, zone: "Asia/Kolkata", rrule: "FREQ=WEEKLY;BYDAY=FR" }),
);

const occurrences = [weekends, hours].flatMap(({ id, ...each }, index) =>
  [-30, 24, 200].map((begins) =>
    makeOccurrence({
      freeze: id,
      ...each,
      environments,
      starts: fromNow(begins + index * 5),
      ends: fromNow(begins + index * 5 + 40),
    }),
  ),
);

async function withFreezes(page: Page) {
  await answered(page, "get", "/api/v1/freezes", { items: freezes });
  await answered(page, "get", "/api/v1/freezes/calendar", { items: occurrences });
}

const listed = (page: Page) => expect(page.getByRole("list", { name: "Next windows" })).toBeVisible();

export const freezeScreens: readonly ScreenState[] = [
  { name: "freezes-none", path: "/freezes" },
  { name: "freezes", path: "/freezes", answer: withFreezes, arrange: listed },
  {
    name: "freeze-edit",
    path: "/freezes",
    answer: withFreezes,
    arrange: async (page) => {
      await listed(page);
      await press("Edit weekends")(page);
    },
  },
  {
    name: "freeze-delete",
    path: "/freezes",
    answer: withFreezes,
    arrange: async (page) => {
      await listed(page);
      await press("Delete weekends")(page);
    },
  },
];
