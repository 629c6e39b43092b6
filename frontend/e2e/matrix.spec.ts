import { mkdirSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import type { Matrix, MatrixCell } from "@/api/contract";
import { expect, test } from "./fixtures";
import { answered } from "./screens/answers";

const ENVIRONMENTS = ["Development", "Integration", "Staging", "Acceptance", "Production", "Recovery"];

const missing = {
  source: "Development",
  count: 3,
  whole_objects: 1,
  objects: [
    { kind: "ConfigMap", name: "settings", keys: ["MODE", "PAYMENT_URL"] },
    { kind: "Secret", name: "keys", keys: [] },
  ],
};

/** Two hundred applications in six environments, as the service returns them. */
function matrix(): Matrix {
  const cell = (application: number, environment: string, column: number): MatrixCell => ({
    environment,
    configured: (application + column) % 7 !== 0,
    deploy_mode: column === 0 ? "auto" : "manual",
    follow: null,
    images: ["web", "api", "worker"].map((name, index) => ({
      workload: `Deployment/${name}`,
      container: name,
      tag: `1.${application % 40}.${index + column}`,
      digest: null,
      written: null,
    })),
    health: (application + column) % 11 === 0 ? "failed" : "ready",
    skew: (application + column) % 13 === 0,
    drift: (application + column) % 17 === 0,
    not_level: (application + column) % 19 === 0 ? ["prod-us"] : [],
    custom_resources: null,
    stale: false,
    active_operation: null,
    missing_keys: (application + column) % 5 === 0 ? missing : null,
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

// These tests change no data, so that they share an instance. A trace would take a screenshot and copy the document at
// each step, and its time would be measured, too.
test.use({ instanceName: "seeded", trace: "off" });

test.beforeEach(async ({ page }) => {
  await answered(page, "get", "/api/v1/overview", matrix());
});

const application = (page: Page, index: number) =>
  page.getByRole("link", { name: `application-${index}`, exact: true });

/** The height of each row, as shown and as computed. Read at one instant, since a table may be replaced between two. */
const heightsOf = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("tr")].flatMap((row) =>
      row.style.height ? [[row.getBoundingClientRect().height, parseFloat(row.style.height)]] : [],
    ),
  );

test("rows have the height that was computed before they were rendered", async ({ signedIn: page }) => {
  // The first fifty rows are shown until the code has arrived that finds the visible ones.
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route("**/assets/long-table-*.js", async (route) => {
    await arrived;
    await route.continue();
  });
  await page.goto("/applications");
  await expect(application(page, 0)).toBeVisible();
  const first = await heightsOf(page);
  expect(first).toHaveLength(50);

  arrive();
  await expect.poll(async () => (await heightsOf(page)).length).toBeLessThan(first.length);
  const visible = await heightsOf(page);
  expect(visible.length).toBeGreaterThan(5);
  for (const [shown, known] of [...first, ...visible]) expect(shown).toBe(known);
});

const ROUNDS = 5;

/** The longest frame of each interaction, in milliseconds. */
async function visit(page: Page): Promise<Record<string, number>> {
  const longest = () =>
    page.evaluate(() => {
      const { frames } = window as unknown as { frames: { end: number; took: number }[] };
      // Before the first paint the browser waits for the style sheet: those frames are not counted.
      const painted = performance.getEntriesByName("first-paint")[0]!.startTime;
      const shown = frames.splice(0).filter(({ end }) => end > painted);
      return Math.round(Math.max(...shown.map(({ took }) => took)));
    });
  await page.goto("/applications");
  await expect(application(page, 0)).toBeVisible();
  await page.waitForTimeout(500);
  const opened = await longest();

  await page.goto("/clusters");
  await expect(page.getByRole("heading", { level: 1, name: "Clusters" })).toBeVisible();
  await page.waitForTimeout(500);
  await longest();
  await page.getByRole("link", { name: "Applications" }).first().click();
  await expect(application(page, 0)).toBeVisible();
  await page.waitForTimeout(500);
  const shown = await longest();

  await page.getByRole("searchbox").pressSequentially("application-19", { delay: 40 });
  await expect(application(page, 190)).toBeVisible();
  const filtered = await longest();

  await page.getByRole("searchbox").fill("");
  await expect(application(page, 0)).toBeVisible();
  await longest();
  await page.getByRole("region", { name: "Applications by environment" }).hover();
  for (let step = 0; step < 20; step += 1) await page.mouse.wheel(0, 400);
  await expect(application(page, 0)).toHaveCount(0);
  return { opened, shown, filtered, scrolled: await longest() };
}

test("frame times while a matrix of 200 × 6 is opened, shown, filtered and scrolled @bench", async ({
  signedIn: page,
}) => {
  await page.addInitScript(() => {
    const frames: { end: number; took: number }[] = [];
    let last = performance.now();
    const tick = (now: number) => {
      frames.push({ end: now, took: now - last });
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    Object.assign(window, { frames });
  });
  const rounds: Record<string, number>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await visit(page));
  const summary = Object.fromEntries(
    Object.keys(rounds[0]!).map((interaction) => {
      const sorted = rounds.map((figures) => figures[interaction]!).sort((one, other) => one - other);
      return [interaction, { median: sorted[Math.floor(ROUNDS / 2)], worst: sorted.at(-1) }];
    }),
  );
  const result = { longest_frame_ms: summary, rounds: ROUNDS };
  mkdirSync("test-results", { recursive: true });
  writeFileSync("test-results/matrix.json", `${JSON.stringify(result, null, 2)}\n`);
  // eslint-disable-next-line no-console -- prints the result
  console.log(JSON.stringify(result));
});
