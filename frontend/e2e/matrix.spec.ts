import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "./fixtures";

const ENVIRONMENTS = ["Development", "Integration", "Staging", "Acceptance", "Production", "Recovery"];

/** Two hundred applications in six environments, as the service answers them. */
function matrix() {
  const cell = (application: number, environment: string, column: number) => ({
    environment,
    configured: (application + column) % 7 !== 0,
    deploy_mode: column === 0 ? "auto" : "manual",
    images: ["web", "api", "worker"].map((name, index) => ({
      workload: `Deployment/${name}`,
      container: name,
      tag: `1.${application % 40}.${index + column}`,
      digest: null,
    })),
    health: (application + column) % 11 === 0 ? "failed" : "ready",
    skew: (application + column) % 13 === 0,
    stale: false,
    active_operation: null,
  });
  return {
    environments: ENVIRONMENTS,
    items: Array.from({ length: 200 }, (_, index) => ({
      application: `application-${index}`,
      description: `Team ${index % 17}`,
      cells: ENVIRONMENTS.map((environment, column) => cell(index, environment, column)),
    })),
    next_cursor: null,
    read_at: new Date().toISOString(),
  };
}

// A trace photographs the page and copies its document at every step: the figures would be the trace's.
test.use({ trace: "off" });

test("how long frames take while 200 × 6 are shown, filtered and scrolled @bench", async ({ signedIn: page }) => {
  await page.route("**/api/v1/overview*", (route) => route.fulfill({ json: matrix() }));
  await page.addInitScript(() => {
    const frames: number[] = [];
    let last = performance.now();
    const tick = (now: number) => {
      frames.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    Object.assign(window, { frames });
  });
  const longest = () =>
    page.evaluate(() => {
      const { frames } = window as unknown as { frames: number[] };
      return Math.round(Math.max(...frames.splice(0)));
    });

  // What a browser needs to open any page of the console is a figure of its own.
  await page.goto("/clusters");
  await expect(page.getByRole("heading", { level: 1, name: "Clusters" })).toBeVisible();
  await page.waitForTimeout(500);
  const opened = await longest();

  await page.getByRole("link", { name: "Applications" }).first().click();
  await expect(page.getByRole("link", { name: "application-0", exact: true })).toBeVisible();
  await page.waitForTimeout(500);
  const shown = await longest();

  await page.getByRole("searchbox").pressSequentially("application-19", { delay: 40 });
  await expect(page.getByRole("link", { name: "application-199", exact: true })).toBeVisible();
  const filtered = await longest();

  await page.getByRole("searchbox").fill("");
  await expect(page.getByRole("link", { name: "application-0", exact: true })).toBeVisible();
  await longest();
  await page.getByRole("region", { name: "Applications by environment" }).hover();
  for (let step = 0; step < 20; step += 1) await page.mouse.wheel(0, 400);
  await expect(page.getByRole("link", { name: "application-0", exact: true })).toHaveCount(0);
  const scrolled = await longest();

  const result = { longest_frame_ms: { opened, shown, filtered, scrolled } };
  mkdirSync("test-results", { recursive: true });
  writeFileSync("test-results/matrix.json", `${JSON.stringify(result, null, 2)}\n`);
  // eslint-disable-next-line no-console -- the figures are the point
  console.log(JSON.stringify(result));
});
