import type { Page } from "@playwright/test";
import axe, { type NodeResult, type RunOptions } from "axe-core";
import { expect, signIn } from "./fixtures";
import { screens } from "./screens";
import { visit } from "./screens/screen";
import { test as onSeeded } from "./seed";
import { drawn, settled, watchRequests } from "./settled";

// Tall enough that sticky bars cover no content.
const WIDE = { width: 1440, height: 3200 };
const NARROW = { width: 360, height: 740 };
const LIGHT = { colorScheme: "light", viewport: WIDE, reducedMotion: "reduce" } as const;
/** How often a page is looked at again that changed under the look. */
const LOOKS = 5;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// The rules that depend on the colour scheme.
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];
// The component library uses a `header` element in dialogs, which these rules take for a second page header.
const DIALOGS = ["landmark-no-duplicate-banner", "landmark-unique"];

/** All screens are opened by one signed-in tab, in which the console goes on running from screen to screen. */
const test = onSeeded.extend<{ tab: Page }, { signedInTab: Page }>({
  signedInTab: [
    async ({ browser, instance }, give) => {
      const context = await browser.newContext({ ...LIGHT, baseURL: instance.address });
      context.setDefaultTimeout(30_000);
      const page = await context.newPage();
      await signIn(page, instance.token);
      await give(page);
      await context.close();
    },
    { scope: "worker" },
  ],
  tab: async ({ signedInTab }, give) => {
    await signedInTab.emulateMedia({ colorScheme: "light" });
    await signedInTab.setViewportSize(WIDE);
    await signedInTab.mouse.move(0, 0); // the last screen's pointer would lie on something
    await give(signedInTab);
  },
});

// A trace would contain a copy of every document. Each finding names its element instead.
test.use({ instanceName: "seeded", trace: "off" });

/** What axe finds on the present page, or in the element of that selector: violations alone, since naming what passes takes long. */
async function violationsOn(page: Page, options: RunOptions, within?: string): Promise<string[]> {
  // Once a document: axe's own package for Playwright brings axe along at each analysis.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  // While colours change, however fast, they are those of neither scheme. A colour that is inherited begins to change once that of
  // the element around it has: it takes as many rounds as elements lie in each other.
  await page.evaluate(async () => {
    const changing = () => document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    for (let changes = changing(); changes.length > 0; changes = changing())
      await Promise.allSettled(changes.map(({ finished }) => finished));
  });
  const look = () =>
    page.evaluate(
      async ([run, selector]) => {
        const { axe: there } = window as unknown as { axe: typeof axe };
        let changed = false;
        const changes = new MutationObserver(() => (changed = true));
        changes.observe(document.body, { subtree: true, childList: true, attributes: true });
        const found = await there.run(selector ?? document, { ...run, resultTypes: ["violations"] });
        changes.disconnect();
        const told = ({ html, any }: NodeResult) =>
          [html.slice(0, 160), ...any.map(({ message }) => message)].join(" ");
        return { changed, violations: found.violations.map(({ id, nodes }) => ({ id, elements: nodes.map(told) })) };
      },
      [options, within] as const,
    );
  // What is found on a page that the service changes meanwhile may be true of neither state.
  let { changed, violations } = await look();
  for (let again = 0; changed && violations.length > 0 && again < LOOKS; again += 1) {
    await settled(page);
    ({ changed, violations } = await look());
  }
  return violations.map(({ id, elements }) => `${id}: ${elements.join(" | ")}`);
}

/** What is wrong with the present page: in the light and the dark colour scheme, and at the width of a small phone. */
async function faultsOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  const analyse = async (scheme: string, options: RunOptions, within?: string) => {
    for (const violation of await violationsOn(page, options, within)) found.push(`${scheme}: ${violation}`);
  };
  const disabled = Object.fromEntries(DIALOGS.map((rule) => [rule, { enabled: false }]));
  await analyse("light", { runOnly: { type: "tag", values: RULES }, rules: disabled });

  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  // The page behind a dialog is a screen of its own.
  const dialog = (await page.getByRole("dialog").count()) > 0 ? "[role=dialog]" : undefined;
  await analyse("dark", { runOnly: { type: "rule", values: COLOUR_RULES } }, dialog);

  await page.setViewportSize(NARROW);
  await drawn(page); // the page is told of its size with the next frame
  const { needed, there } = await page.evaluate(() => ({
    needed: document.documentElement.scrollWidth,
    there: document.documentElement.clientWidth,
  }));
  if (needed > there) found.push(`narrow: the page scrolls sideways, ${needed} px in ${there} px`);
  const present = page.getByRole("navigation", { name: "Settings" }).locator("[aria-current=page]");
  const box = (await present.count()) > 0 ? await present.boundingBox() : null;
  if (box && (box.x < 0 || box.x + box.width > there))
    found.push("narrow: the present page is beyond the strip's edge");
  return found;
}

const ACCESSIBLE = "has no violation that axe finds in either colour scheme, and is no wider than a phone";

test.describe("signed out", () => {
  test.use({ colorScheme: "light", viewport: WIDE });

  test(`sign-in ${ACCESSIBLE}`, async ({ page }) => {
    watchRequests(page);
    await page.goto("/sign-in");
    await expect(page.getByLabel("Access token")).toBeVisible();
    await settled(page);
    expect(await faultsOf(page)).toEqual([]);
  });
});

for (const screen of screens) {
  test(`${screen.name} ${ACCESSIBLE}`, async ({ tab, seed }) => {
    await visit(tab, screen, seed);
    expect(await faultsOf(tab)).toEqual([]);
  });
}
