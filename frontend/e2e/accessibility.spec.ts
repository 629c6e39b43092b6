import AxeBuilder from "@axe-core/playwright";
import { expect, signIn } from "./fixtures";
import { test, visit } from "./pages";

test.use({ worldName: "furnished" });

// Tall enough that no bar which sticks to the window lies over what could be scrolled free of it.
const viewport = { width: 1440, height: 3200 };
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// The head of a dialog is a `header` of the component library, which these take for a second head of the page.
const DIALOGS = ["landmark-no-duplicate-banner", "landmark-unique"];

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing on any page or dialog in ${colorScheme} colours`, async ({ browser, world, sights }) => {
    test.setTimeout(400_000);
    const context = await browser.newContext({
      baseURL: world.address,
      colorScheme,
      viewport,
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    const found: string[] = [];
    const look = async (name: string) => {
      const { violations } = await new AxeBuilder({ page }).withTags(RULES).disableRules(DIALOGS).analyze();
      for (const { id, nodes } of violations)
        found.push(`${name}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
    };
    await page.goto("/sign-in");
    await expect(page.getByLabel("Access token")).toBeVisible();
    await look("sign-in");
    await signIn(page, world.token);
    for (const sight of sights) {
      await visit(page, sight);
      await look(sight.name);
    }
    await context.close();
    expect(found).toEqual([]);
  });
}
