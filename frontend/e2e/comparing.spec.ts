import type { Page } from "@playwright/test";
import { deployed, expect, imported, test } from "./fixtures";
import { withKeys } from "./kubernetes";

test.use({ instanceName: "comparing" });
test.describe.configure({ mode: "serial" });

const staging = (page: Page) => page.getByRole("region", { name: "Staging", exact: true });

test("a key that Staging lacks is marked on an open page, compared side by side, brought, and marked no more", async ({
  signedIn: page,
  context,
  instance,
}) => {
  test.setTimeout(300_000);
  await imported(instance, "Development", "Staging");
  await page.goto("/applications/shop");
  await expect(staging(page).getByText("Healthy").first()).toBeVisible();
  await withKeys(instance.kubeconfig("dev-1"), "shop-settings", { PAYMENT_URL: "http://pay:8080" });
  // What an environment holds is read after an operation there, and else every five minutes.
  expect(await deployed(instance, "Development", "web", "1.5.0")).toBe("succeeded");
  await expect(staging(page).getByText("1 key and 1 object missing")).toBeVisible();

  const comparing = await context.newPage();
  await comparing.goto("/applications/shop");
  await staging(comparing).getByRole("link", { name: "Compare with Development" }).click();
  await expect(comparing.getByRole("heading", { name: "Compare shop", level: 1 })).toBeVisible();
  await expect(comparing.getByText("http://pay:8080")).toBeVisible();
  await comparing.getByRole("checkbox", { name: /registry-login/ }).uncheck();
  await comparing.getByRole("button", { name: "Bring 1 key to Staging" }).click();
  await comparing.getByRole("button", { name: "Preview changes" }).click();
  await comparing.getByRole("button", { name: /^Copy .* to 1 cluster$/ }).click();
  await expect(comparing.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible();

  await expect(staging(page).getByText("1 object missing")).toBeVisible();
  await comparing.goto("/applications/shop/compare?left=Development&right=Staging");
  await expect(
    comparing
      .getByRole("status")
      .filter({ hasText: /difference|same/ })
      .first(),
  ).toBeVisible();
  await expect(comparing.getByText("PAYMENT_URL")).toHaveCount(0);
});

test("a difference that one person marks as expected folds away where another one looks", async ({
  signedIn: page,
  context,
}) => {
  const sides = "/applications/shop/compare?left=Development&right=Staging";
  const other = await context.newPage();
  for (const each of [page, other]) await each.goto(sides);
  const mark = (where: Page) => where.getByRole("button", { name: /^Mark as expected ?: Deployment web/ });
  await expect(mark(other).first()).toBeVisible();
  const before = await mark(other).count();
  await mark(page).first().click();
  await expect(mark(other)).toHaveCount(before - 1);
});
