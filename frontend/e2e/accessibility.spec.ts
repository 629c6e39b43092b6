import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, signIn } from "./fixtures";
import { test, visit } from "./pages";

// A trace would contain a copy of every document. Each finding names its page and element instead.
test.use({ instanceName: "seeded", trace: "off" });

// Tall enough that sticky bars cover no content.
const WIDE = { width: 1440, height: 3200 };
const NARROW = { width: 360, height: 740 };
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// The rules that depend on the colour scheme.
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];
// The component library uses a `header` element in dialogs, which these rules take for a second page header.
const DIALOGS = ["landmark-no-duplicate-banner", "landmark-unique"];

/** The violations on the present page: in the light and the dark colour scheme, and at the width of a small phone. */
async function faultsOf(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  const analyse = async (how: string, axe: AxeBuilder) => {
    const { violations } = await axe.analyze();
    for (const { id, nodes } of violations)
      found.push(`${name}, ${how}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  };
  await analyse("light", new AxeBuilder({ page }).setLegacyMode().withTags(RULES).disableRules(DIALOGS));
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await analyse("dark", new AxeBuilder({ page }).setLegacyMode().withRules(COLOUR_RULES));
  await page.emulateMedia({ colorScheme: "light" });

  await page.setViewportSize(NARROW);
  const { needed, there } = await page.evaluate(() => ({
    needed: document.documentElement.scrollWidth,
    there: document.documentElement.clientWidth,
  }));
  if (needed > there) found.push(`${name}, narrow: the page scrolls sideways, ${needed} px in ${there} px`);
  await page.setViewportSize(WIDE);
  return found;
}

test("axe finds no violation on any page or dialog in either colour scheme, and no page is wider than a phone", async ({
  browser,
  instance,
  screens,
}) => {
  test.setTimeout(400_000);
  const context = await browser.newContext({
    baseURL: instance.address,
    colorScheme: "light",
    viewport: WIDE,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await expect(page.getByLabel("Access token")).toBeVisible();
  const found = await faultsOf(page, "sign-in");
  await signIn(page, instance.token);
  for (const screen of screens) {
    await visit(page, screen);
    found.push(...(await faultsOf(page, screen.name)));
  }
  await context.close();
  expect(found).toEqual([]);
});
