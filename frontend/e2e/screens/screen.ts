/** A page, or a dialog on one, and how a test comes to it. */
import { expect, type Page } from "@playwright/test";
import type { Seed } from "../seed";
import { settled, watchRequests } from "../settled";

export interface ScreenState {
  name: string;
  path: string | ((seed: Seed) => string);
  /** Answers requests in the service's place, from before the page is opened: what `arrange` answered, the next screen would show. */
  answer?: (page: Page) => Promise<unknown>;
  /** Brings the page into the state to check. */
  arrange?: (page: Page) => Promise<void>;
}

/** An address without a page. */
const NOWHERE = "/nowhere";
/** The tabs in which the console runs and remembers nothing but what the service said. */
const walking = new WeakSet<Page>();

/**
 * Opens the page and waits until it has loaded. A console that runs already is led there, as by a link: to load it anew costs
 * four times as much. It is loaded where answers are given in the service's place, and after them.
 */
export async function visit(page: Page, { path, answer, arrange }: ScreenState, seed: Seed): Promise<void> {
  const address = typeof path === "string" ? path : path(seed);
  watchRequests(page);
  await page.unrouteAll({ behavior: "wait" }); // what the former screen was told, and is being told
  await answer?.(page);
  if (walking.has(page) && !answer && address !== NOWHERE) await walk(page, address);
  else await page.goto(address);
  if (answer) walking.delete(page);
  else walking.add(page);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
  await arrange?.(page);
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
  await settled(page); // rights, stops and holds come after the page itself, and change its buttons
}

/** By way of nowhere: a page that is led to itself would keep its dialogs open. */
async function walk(page: Page, address: string): Promise<void> {
  const nowhere = page.getByText("No page at this address");
  await page.evaluate((url) => history.pushState(null, "", url), NOWHERE);
  await expect(nowhere).toBeVisible();
  await page.evaluate((url) => history.pushState(null, "", url), address);
  await expect(nowhere).toHaveCount(0);
}

/** Presses the first button of this name, which opens a dialog. */
export const press = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole("button", { name }).first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
};
