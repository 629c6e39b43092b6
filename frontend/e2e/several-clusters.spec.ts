import { deployed, ended, expect, imported, promoted, test } from "./fixtures";

test.use({ instanceName: "several-clusters" });
test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ instance }) => {
  test.setTimeout(180_000);
  await imported(instance, "Development", "Staging");
  await instance.call("PATCH", "/environments/Production", { clusters: ["prod-eu"] });
  await imported(instance, "Staging", "Production");
});

test("an environment gains a cluster, which is brought level with the others", async ({ signedIn: page }) => {
  await page.goto("/environments");
  await page.getByRole("button", { name: "Edit Production" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Clusters" }).press("ArrowDown");
  await page.getByRole("option", { name: "prod-us" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();

  await expect(dialog.getByRole("combobox", { name: "Cluster" })).toHaveValue("prod-us");
  await dialog.getByRole("button", { name: "Bring 1 application level" }).click();
  await dialog.getByRole("list", { name: "Operations that were started" }).getByRole("link").click();
  await expect(page.getByRole("region", { name: "Cluster prod-us" }).getByText("Succeeded")).toBeVisible({
    timeout: 60_000,
  });
  await expect(page.getByRole("region", { name: "Cluster prod-eu" })).toHaveCount(0);

  await page.goto("/environments");
  await page.getByRole("button", { name: "Bring a cluster of Production level" }).click();
  await expect(dialog.getByRole("region", { name: "shop" }).getByText("Level", { exact: true })).toBeVisible();
});

test("a canary soaks while its page counts down, and goes back at once when a person says so", async ({
  signedIn: page,
  instance,
}) => {
  await instance.call("PATCH", "/environments/Production", {
    strategy: { failure: "stop", rings: [{ size: 1, soak_seconds: 3600 }, { remaining: true }] },
  });
  expect(await deployed(instance, "Development", "web", "1.5.0")).toBe("succeeded");
  expect(await ended(instance, await promoted(instance, "Development", "Staging"))).toBe("succeeded");

  await page.goto("/applications/shop?promote=Staging&to=Production");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: "Go another way this time" }).check();
  await expect(dialog.getByRole("group", { name: "ring 1" }).getByText("Now: prod-eu")).toBeVisible();
  await expect(dialog.getByRole("group", { name: "ring 2" }).getByText("Now: prod-us")).toBeVisible();
  await dialog.getByRole("checkbox", { name: "Go another way this time" }).uncheck();
  await dialog.getByRole("button", { name: "Promote 1 image to 2 clusters" }).click();

  const soak = page.getByRole("progressbar", { name: "Soak of ring 1" });
  await expect(soak).toHaveAttribute("aria-valuetext", / left$/, { timeout: 60_000 });
  const rings = page.getByRole("list", { name: "Rings" });
  await expect(rings.getByRole("listitem").filter({ hasText: "Ring 2" })).toContainText("Waiting");
  await page.getByRole("button", { name: "Roll back now" }).click();
  await dialog.getByRole("button", { name: "Roll back" }).click();

  await expect(page.getByRole("region", { name: "Cluster prod-eu" })).toContainText("Rolled back", { timeout: 60_000 });
  await expect(soak).toHaveCount(0);
  await page.goto("/applications/shop?environment=Production");
  const production = page.getByRole("region", { name: "Production", exact: true });
  await expect(production.getByText("1.4.0").first()).toBeVisible();
  await expect(production.getByText("1.5.0")).toHaveCount(0);
});
