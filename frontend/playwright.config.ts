import { existsSync } from "node:fs";
import { chromium, defineConfig } from "@playwright/test";

/** The browser to drive: the one named, Playwright's own, or the system's. */
function browser(): string {
  const candidates = [
    process.env.STAGECOACH_CHROMIUM,
    chromium.executablePath(),
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  const found = candidates.find((path) => path && existsSync(path));
  if (found) return found;
  throw new Error(
    "No Chromium was found. Get Playwright's own with `npx playwright install chromium`, or the system's " +
      "(Debian: `apt-get install chromium`), or name one in STAGECOACH_CHROMIUM.",
  );
}

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  // Each worker has a world of its own, a service with practice clusters, and mostly waits for rollouts: two at a time are
  // what a machine with two cores carries. The tests of a file share a worker.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1440, height: 900 },
    actionTimeout: 15_000,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: browser(),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
      ],
    },
  },
});
