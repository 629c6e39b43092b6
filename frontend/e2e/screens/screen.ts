/** A page, or a dialog on one, and how a test comes to it. */
import { expect, type Page } from "@playwright/test";
import type { Seed } from "../seed";

export interface ScreenState {
  name: string;
  path: string | ((seed: Seed) => string);
  /** Brings the page into the state to check. */
  arrange?: (page: Page) => Promise<void>;
}

/** Opens the page and waits until it has loaded. */
export async function visit(page: Page, { path, arrange }: ScreenState, seed: Seed): Promise<void> {
  await page.unrouteAll(); // what the former screen was told
  await page.goto(typeof path === "string" ? path : path(seed));
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
  await arrange?.(page);
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
}

/** Presses the first button of this name, which opens a dialog. */
export const press = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole("button", { name }).first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
};
