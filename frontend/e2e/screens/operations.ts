/** Operations and their history. */
import { expect } from "@playwright/test";
import { press, type ScreenState } from "./screen";

export const operationScreens: readonly ScreenState[] = [
  {
    name: "put-back",
    path: ({ failed }) => `/operations/${failed}?back=true`,
    arrange: async (page) => {
      await expect(page.getByRole("dialog").getByRole("list", { name: "Images by container" })).toBeVisible();
    },
  },
  { name: "operation-failed", path: ({ failed }) => `/operations/${failed}` },
  {
    name: "operation-retry",
    path: ({ failed }) => `/operations/${failed}`,
    arrange: press("Retry"),
  },
  { name: "history", path: "/operations" },
  { name: "history-empty", path: "/operations?state=cancelled" },
];
