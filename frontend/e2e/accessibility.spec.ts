import AxeBuilder from "@axe-core/playwright";
import type { BrowserContext, Page } from "@playwright/test";
import { expect, signIn } from "./fixtures";
import { screens } from "./screens";
import { visit } from "./screens/screen";
import { test as onSeeded } from "./seed";

// Tall enough that sticky bars cover no content.
const WIDE = { width: 1440, height: 3200 };
const NARROW = { width: 360, height: 740 };
const LIGHT = { colorScheme: "light", viewport: WIDE, reducedMotion: "reduce" } as const;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// The rules that depend on the colour scheme.
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];
// The component library uses a `header` element in dialogs, which these rules take for a second page header.
const DIALOGS = ["landmark-no-duplicate-banner", "landmark-unique"];

/** All screens are opened by one signed-in browser, which caches the console; each has a tab of its own. */
const test = onSeeded.extend<{ tab: Page }, { signedInBrowser: BrowserContext }>({
  signedInBrowser: [
    async ({ browser, instance }, give) => {
      const context = await browser.newContext({ ...LIGHT, baseURL: instance.address });
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      await signIn(page, instance.token);
      await page.close();
      await give(context);
      await context.close();
    },
    { scope: "worker" },
  ],
  tab: async ({ signedInBrowser }, give) => {
    const page = await signedInBrowser.newPage();
    await give(page);
    await page.close();
  },
});

// A trace would contain a copy of every document. Each finding names its element instead.
test.use({ instanceName: "seeded", trace: "off" });

/** axe tells violations alone: to name each element that passes takes long. */
const axe = (page: Page) => new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });

/** The violations on the present page: in the light and the dark colour scheme, and at the width of a small phone. */
async function faultsOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  const analyse = async (how: string, builder: AxeBuilder) => {
    const { violations } = await builder.analyze();
    for (const { id, nodes } of violations)
      found.push(`${how}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  };
  await analyse("light", axe(page).withTags(RULES).disableRules(DIALOGS));

  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  const dark = axe(page).withRules(COLOUR_RULES);
  // The page behind a dialog is a screen of its own.
  await analyse("dark", (await page.getByRole("dialog").count()) > 0 ? dark.include("[role=dialog]") : dark);

  await page.setViewportSize(NARROW);
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
  test.use({ colorScheme: "light", viewport: WIDE, contextOptions: { reducedMotion: "reduce" } });

  test(`sign-in ${ACCESSIBLE}`, async ({ page }) => {
    await page.goto("/sign-in");
    await expect(page.getByLabel("Access token")).toBeVisible();
    expect(await faultsOf(page)).toEqual([]);
  });
});

for (const screen of screens) {
  test(`${screen.name} ${ACCESSIBLE}`, async ({ tab, seed }) => {
    await visit(tab, screen, seed);
    expect(await faultsOf(tab)).toEqual([]);
  });
}
