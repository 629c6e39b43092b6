import { execFileSync } from "node:child_process";
import { defineConfig } from "@playwright/test";
import { python, repository } from "./e2e/instance";

/** The browser to drive, as `make` looks for it. It is named in the environment, so that workers do not look again. */
function browser(): string {
  process.env.STAGECOACH_CHROMIUM ||= execFileSync(python(), ["-m", "tests.support.programs", "browser"], {
    cwd: repository,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  }).trim();
  if (process.env.STAGECOACH_CHROMIUM) return process.env.STAGECOACH_CHROMIUM;
  throw new Error("There is no browser to drive. How to get one is said above.");
}

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  // Each worker has an instance of its own, a service with practice clusters, and mostly waits for rollouts: two at a time are
  // what a machine with two cores carries. The tests of a file share a worker.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // How long a step may take where other tests have the machine: what is asserted waits for it no longer than it takes.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1440, height: 900 },
    actionTimeout: 30_000,
    // What turns is drawn sixty times a second, without a graphics card: that alone would take most of a core.
    contextOptions: { reducedMotion: "reduce" },
    // Copies of the document at each step, and one picture at the end of what failed, instead of a film of all that passes.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
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
