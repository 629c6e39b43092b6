import { deployed, expect, test } from "./fixtures";

test.use({ instanceName: "journey" });
test.describe.configure({ mode: "serial" });

test("a person takes shop from sign-in to Production on two clusters", async ({ page, instance }) => {
  test.setTimeout(300_000);

  await test.step("signs in with the link, which disappears from the address bar", async () => {
    await page.goto(instance.link);
    await expect(page.getByRole("heading", { name: "Applications", level: 1 })).toBeVisible();
    expect(page.url()).not.toContain("code=");
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain("stg_");
  });

  await test.step("sees shop running in Development and not configured elsewhere", async () => {
    const row = page.getByRole("row").filter({ hasText: "shop" });
    await expect(row.getByText("Healthy")).toBeVisible();
    await expect(row.getByRole("link", { name: "Not configured" })).toHaveCount(2);
    await row.getByRole("link", { name: "shop", exact: true }).click();
    await expect(page.getByRole("heading", { name: "shop", level: 1 })).toBeVisible();
  });

  await test.step("selects Staging, which is not configured, and imports", async () => {
    await page.getByRole("combobox", { name: "Environment" }).selectOption("Staging");
    await expect(page.getByRole("heading", { name: "Staging is not configured" })).toBeVisible();
    await page.getByRole("link", { name: "Import" }).click();
    await expect(page.getByRole("checkbox", { name: "Deployment web" })).toBeChecked();
    await expect(page.getByRole("checkbox", { name: /kube-root-ca/ })).toBeDisabled();
  });

  await test.step("is offered the resources that a workload refers to", async () => {
    await page.getByRole("checkbox", { name: "ConfigMap shop-settings" }).uncheck();
    const offer = page.getByRole("list", { name: "Referenced resources" });
    await expect(offer.getByRole("listitem").filter({ hasText: "shop-settings" })).toBeVisible();
    await page.getByRole("button", { name: "Add ConfigMap shop-settings" }).click();
    await expect(page.getByRole("checkbox", { name: "ConfigMap shop-settings" })).toBeChecked();
  });

  await test.step("enters an override, previews the changes and copies", async () => {
    await page.getByRole("button", { name: "Replicas" }).click();
    const override = page.getByRole("group", { name: "Replicas, override 1" });
    await override.getByRole("combobox", { name: "Workload" }).click();
    await page.getByRole("option", { name: "Deployment/checkout" }).click();
    await override.getByLabel("Replicas in the target").fill("2");
    await page.getByRole("button", { name: "Preview changes" }).click();
    await expect(page.getByRole("heading", { name: "Planned changes" })).toBeVisible();
    await page.getByRole("button", { name: /^Copy \d+ resources to 1 cluster$/ }).click();
  });

  await test.step("follows the import until it has succeeded", async () => {
    await expect(page.getByRole("heading", { name: /Import of shop from Development to Staging/ })).toBeVisible();
    const progress = page.getByRole("region", { name: "Cluster staging-1" });
    await expect(progress.getByText("Succeeded")).toBeVisible({ timeout: 60_000 });
    await expect(progress.getByText("Deployment/web", { exact: true })).toBeVisible();
  });

  await test.step("imports Staging into Production on both clusters", async () => {
    await page.goto("/applications/shop/import/Production?from=Staging");
    await page.getByRole("button", { name: "Preview changes" }).click();
    await page.getByRole("button", { name: /^Copy \d+ resources to 2 clusters$/ }).click();
    for (const cluster of ["prod-eu", "prod-us"]) {
      const progress = page.getByRole("region", { name: `Cluster ${cluster}` });
      await expect(progress.getByText("Succeeded")).toBeVisible({ timeout: 60_000 });
    }
  });

  await test.step("a new image is deployed in Development and offered in Staging", async () => {
    expect(await deployed(instance, "Development", "web", "1.5.0")).toBe("succeeded");
    await page.goto("/applications/shop");
    await expect(page.getByText("1 newer image")).toBeVisible();
  });

  for (const [source, target, button] of [
    ["Development", "Staging", "Promote 1 image to 1 cluster"],
    ["Staging", "Production", "Promote 1 image to 2 clusters"],
  ] as const) {
    await test.step(`promotes ${source} to ${target}`, async () => {
      await page.goto(`/applications/shop?environment=${source}`);
      await page.getByRole("button", { name: `Promote ${source}`, exact: true }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByRole("combobox", { name: "Target environment" })).toHaveValue(target);
      await expect(dialog.getByRole("listitem").filter({ hasText: "1.5.0" })).toBeVisible();
      await dialog.getByRole("button", { name: button }).click();
      await expect(
        page.getByRole("heading", { name: new RegExp(`Promotion of shop from ${source} to ${target}`) }),
      ).toBeVisible();
      await expect(page.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible({ timeout: 60_000 });
    });
  }

  await test.step("sees the new image in Production and in its releases", async () => {
    await page.goto("/applications/shop?environment=Production");
    const production = page.getByRole("region", { name: "Production", exact: true });
    await expect(production.getByText("1.5.0")).toBeVisible();
    await expect(production.getByText("Healthy").first()).toBeVisible();
  });

  await test.step("rolls Production back to the previous release", async () => {
    await page
      .getByRole("button", { name: /^Roll back Production to release/ })
      .first()
      .click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Roll back 1 image on 2 clusters" }).click();
    await expect(page.getByRole("heading", { name: /Rollback of shop in Production/ })).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible({ timeout: 60_000 });
  });

  await test.step("finds all operations in the history", async () => {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
    await expect(
      page.getByRole("link", { name: "Promotion of shop from Staging to Production", exact: true }),
    ).toBeVisible();
    await page.getByRole("combobox", { name: "Kind" }).click();
    await page.getByRole("option", { name: "Import" }).click();
    await expect(page.getByRole("link", { name: /^Import of shop/ })).toHaveCount(2);
    await expect(page).toHaveURL(/kind=import/);
  });

  await test.step("signs out, and pages require authentication", async () => {
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Stagecoach" })).toBeVisible();
    await page.goto("/operations");
    await expect(page.getByLabel("Access token")).toBeVisible();
  });
});
