import type { Page } from "@playwright/test";
import { deployed, expect, signIn, test } from "./fixtures";
import { patched } from "./kubernetes";
import { startProxy } from "./tcp-proxy";

test.use({ instanceName: "live" });
test.describe.configure({ mode: "serial" });

/** Sets the image of a Deployment of shop, past Stagecoach. */
const setImage = (kubeconfig: string, name: string, image: string): Promise<void> =>
  patched(kubeconfig, name, { template: { spec: { containers: [{ name, image }] } } });

const development = (page: Page) => page.getByRole("region", { name: "Development", exact: true });

/** What differs for half a minute is drift, until it has been alike for a minute. */
const steady = { timeout: 150_000 };

/** How many streams of changes the page has opened. */
function streamsOf(page: Page): () => number {
  let count = 0;
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/api/v1/events") count += 1;
  });
  return () => count;
}

test("a change by kubectl appears in two tabs without a reload, over one stream, and no tab polls", async ({
  context,
  instance,
}) => {
  const [first, second] = [await context.newPage(), await context.newPage()];
  const streams = [first, second].map(streamsOf);
  await signIn(first, instance.token);
  for (const page of [first, second]) {
    await page.goto("/applications/shop");
    await expect(development(page).getByText("Healthy").first()).toBeVisible();
  }
  expect(streams.map((count) => count()).reduce((sum, each) => sum + each)).toBe(1);

  await setImage(instance.kubeconfig("dev-1"), "web", "registry.example/shop/web:1.9.0");
  for (const page of [first, second]) await expect(development(page).getByText("1.9.0")).toBeVisible();

  // Once it was read a last time after the last change, long enough for a poll, of which there is none.
  await expect(development(first).getByText("Healthy").first()).toBeVisible();
  await first.waitForTimeout(3500);
  let asked = 0;
  first.on("request", (request) => {
    if (new URL(request.url()).pathname.endsWith("/overview")) asked += 1;
  });
  await first.waitForTimeout(4000);
  expect(asked).toBe(0);

  // The tab that had the stream goes; the other one takes over.
  await first.close();
  await setImage(instance.kubeconfig("dev-1"), "web", "registry.example/shop/web:1.9.1");
  await expect(development(second).getByText("1.9.1")).toBeVisible();
  await second.close();
});

test("a page says since when it is not live, and is up to date when it is again", async ({ page, instance }) => {
  const proxy = await startProxy(instance.address);
  const signedIn = await page.request.post(`${proxy.address}/api/v1/session`, { data: { token: instance.token } });
  expect(signedIn.status()).toBe(201);
  await page.goto(`${proxy.address}/applications/shop`);
  await expect(development(page).getByText("Healthy").first()).toBeVisible();
  proxy.cut();
  await expect(page.getByText(/^Not live since \d\d:\d\d:\d\d\./)).toBeVisible();
  await setImage(instance.kubeconfig("dev-1"), "web", "registry.example/shop/web:1.9.2");
  proxy.restore();
  await expect(development(page).getByText("1.9.2")).toBeVisible();
  await expect(page.getByText("Not live since")).toHaveCount(0);
  await proxy.close();
});

test("drift is named on open pages with who wrote what instead of what, and goes when it is undone", async ({
  context,
  instance,
}) => {
  test.setTimeout(400_000);
  expect(await deployed(instance, "Development", "web", "1.9.3")).toBe("succeeded");
  const [application, drift] = [await context.newPage(), await context.newPage()];
  await signIn(application, instance.token);
  await application.goto("/applications/shop");
  await drift.goto("/drift");
  const listed = drift.getByRole("row", { name: /shop in Development/ }).filter({ hasText: "Deployment web, web" });
  const marked = development(application).getByRole("link", { name: "Drift" });
  await expect(development(application).getByText("1.9.3")).toBeVisible();
  await expect(drift.getByRole("heading", { name: "Drift", level: 1 })).toBeVisible();
  await expect(listed).toHaveCount(0);
  await expect(marked).toHaveCount(0);

  await setImage(instance.kubeconfig("dev-1"), "web", "registry.example/shop/web:1.9.4");
  await expect(listed).toContainText(/dev-1.*1\.9\.4.* instead of .*1\.9\.3.*written by kubectl-edit/s, steady);
  await expect(marked).toBeVisible();

  await setImage(instance.kubeconfig("dev-1"), "web", "registry.example/shop/web:1.9.3");
  await expect(listed).toHaveCount(0, steady);
  await expect(marked).toHaveCount(0);
});
