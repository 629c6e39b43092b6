/** Freezes and their calendar. */
import { expect, type Page } from "@playwright/test";
import { ada, answered, fromNow } from "./answers";
import { press, type ScreenState } from "./screen";

const places = { applications: null, labels: {}, environments: ["Production"] };
const weekends = { id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073990", name: "weekends", effect: "deny" };
const hours = { id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073991", name: "working hours", effect: "allow" };

const freezes = [weekends, hours].map((each) => ({
  ...each,
  ...places,
  starts: "2026-11-27T15:00",
  ends: "2026-11-30T07:00",
  zone: "Asia/Kolkata",
  rrule: "FREQ=WEEKLY;BYDAY=FR",
  reason: "Nobody is in the office.",
  created_by: ada,
  created_at: fromNow(-200),
  updated_at: fromNow(-200),
}));

const occurrences = [weekends, hours].flatMap(({ id, ...each }, index) =>
  [-30, 24, 200].map((begins) => ({
    freeze: id,
    ...each,
    ...places,
    starts: fromNow(begins + index * 5),
    ends: fromNow(begins + index * 5 + 40),
    reason: "Nobody is in the office.",
  })),
);

async function withFreezes(page: Page) {
  await answered(page, "freezes", freezes);
  await answered(page, "freezes/calendar*", occurrences);
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
