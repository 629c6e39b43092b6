import { expect, signIn } from "./fixtures";
import { screens } from "./screens";
import { visit } from "./screens/screen";
import { test } from "./seed";

test.use({ instanceName: "seeded", trace: "off" });

const FOLDER = "screenshots";
const sizes = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
  small: { width: 360, height: 740 },
  vast: { width: 2560, height: 1440 },
};
for (const colorScheme of ["light", "dark"] as const) {
  for (const [device, viewport] of Object.entries(sizes)) {
    test(`screenshots of every page, ${colorScheme}, ${device} @screenshots`, async ({ browser, instance, seed }) => {
      test.setTimeout(300_000);
      const context = await browser.newContext({
        baseURL: instance.address,
        colorScheme,
        viewport,
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      await page.goto("/sign-in");
      await expect(page.getByLabel("Access token")).toBeVisible();
      await page.screenshot({ path: `${FOLDER}/sign-in-${device}-${colorScheme}.png` });
      await signIn(page, instance.token);
      for (const screen of screens) {
        await visit(page, screen, seed);
        // Waits for the end of transitions.
        await page.waitForTimeout(400);
        // The sticky header of a full-page screenshot is where the page is scrolled to.
        await page.evaluate(() => window.scrollTo(0, 0));
        // A dialog covers the window, but not the rest of the page below.
        const dialog = (await page.getByRole("dialog").count()) > 0;
        await page.screenshot({ path: `${FOLDER}/${screen.name}-${device}-${colorScheme}.png`, fullPage: !dialog });
      }
      await context.close();
    });
  }
}
