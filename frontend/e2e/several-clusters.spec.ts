import type { Page } from "@playwright/test";
import { deployed, ended, expect, imported, promoted, test, type Operation } from "./fixtures";
import type { Instance } from "./instance";
import { patched } from "./kubernetes";

test.use({ instanceName: "several-clusters" });
test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ instance }) => {
  test.setTimeout(180_000);
  await imported(instance, "Development", "Staging");
  await instance.call("PATCH", "/environments/Production", { clusters: ["prod-eu"] });
  await imported(instance, "Staging", "Production");
});

/** The application's cell of Production in the matrix of all applications. */
const inMatrix = (page: Page, application: string) =>
  page.getByRole("row").filter({ hasText: application }).getByRole("cell").last();

test("an environment gains a cluster, which is brought level with the others", async ({ signedIn: page }) => {
  await page.goto("/environments");
  await page.getByRole("button", { name: "Edit Production" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Clusters" }).press("ArrowDown");
  await page.getByRole("option", { name: "prod-us" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();

  await expect(dialog.getByRole("combobox", { name: "Cluster" })).toHaveValue("prod-us");

  // Whoever puts that off finds it again where the application is seen.
  await page.goto("/applications");
  await inMatrix(page, "shop").getByRole("link", { name: "prod-us not level in Production" }).click();
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

test("a canary waits for a person, who continues one promotion and cancels the next", async ({
  signedIn: page,
  instance,
}) => {
  await instance.call("PATCH", "/environments/Production", {
    strategy: { failure: "stop", rings: [{ size: 1, soak_seconds: 1, pauses: true }, { remaining: true }] },
  });
  expect(await deployed(instance, "Staging", "checkout", "3.2.1")).toBe("succeeded");
  const webDeployment = { workload: { api_version: "apps/v1", kind: "Deployment", name: "web" } };
  const begun = () =>
    instance.call<{ id: string }>("POST", "/applications/shop/promotions", {
      source_environment: "Staging",
      target_environment: "Production",
      leave_out: [webDeployment],
    });
  await page.goto(`/operations/${(await begun()).id}`);
  const ring = (number: number) =>
    page
      .getByRole("list", { name: "Rings" })
      .getByRole("listitem")
      .filter({ hasText: `Ring ${number}` })
      .first();
  await expect(ring(1)).toContainText("A person continues, now", { timeout: 60_000 });
  await expect(ring(2)).toContainText("Waiting");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(ring(1)).toContainText("Continued by");
  await expect(page.getByRole("region", { name: "Cluster prod-us" })).toContainText("Succeeded", { timeout: 60_000 });

  expect(await deployed(instance, "Staging", "checkout", "3.2.2")).toBe("succeeded");
  await page.goto(`/operations/${(await begun()).id}`);
  await expect(page.getByRole("region", { name: "Paused" })).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Cancel operation" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Every cluster that it has changed gets its previous images back");
  await dialog.getByRole("button", { name: "Cancel operation" }).click();
  await expect(page.getByRole("region", { name: "Cluster prod-eu" })).toContainText("Rolled back", { timeout: 60_000 });
  await expect(page.getByRole("region", { name: "Cluster prod-us" })).toContainText("Skipped");
  await instance.call("PATCH", "/environments/Production", { strategy: null });
  expect(await deployed(instance, "Staging", "checkout", "3.2.0")).toBe("succeeded");
  expect(await deployed(instance, "Production", "checkout", "3.2.0")).toBe("succeeded");
});

test("a canary that fails goes no further, is put back from its page, and is held until a person lifts the hold", async ({
  signedIn: page,
  instance,
}) => {
  await instance.call("PATCH", "/environments/Production", {
    strategy: { on_failure: "stay", rings: [{ size: 1 }, { remaining: true }] },
  });
  expect(await deployed(instance, "Staging", "web", "1.6.0-broken")).toBe("failed");

  await page.goto("/applications/shop?promote=Staging&to=Production");
  const dialog = page.getByRole("dialog");
  // What fails in Staging is promoted only where a person names it.
  await dialog.getByRole("checkbox", { name: "Deployment/web web" }).check();
  await dialog.getByRole("button", { name: "Promote 1 image to 2 clusters" }).click();
  await expect(page.getByRole("region", { name: "Cluster prod-eu" })).toContainText("Failed", { timeout: 60_000 });
  await expect(page.getByRole("region", { name: "Cluster prod-us" })).toContainText("Skipped");

  await page.getByRole("button", { name: "Put web 1.4.0 back in Production" }).click();
  await dialog.getByRole("textbox", { name: "Reason" }).fill("Orders are lost.");
  await dialog.getByRole("button", { name: "Put web 1.4.0 back on 1 cluster" }).click();
  await expect(page.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible({ timeout: 60_000 });

  await page.goto("/applications");
  await expect(inMatrix(page, "shop").getByText("On hold")).toBeVisible();
  await inMatrix(page, "shop").getByRole("link").first().click();
  const holds = page.getByRole("list", { name: "Holds of Production" });
  await expect(holds).toContainText("Orders are lost.");
  await holds.getByRole("button", { name: "Lift the hold on shop in Production" }).click();
  await dialog.getByRole("button", { name: "Lift the hold" }).click();
  await expect(holds).toHaveCount(0);
  await page.goto("/applications");
  await expect(inMatrix(page, "shop")).toContainText("1.4.0");
  await expect(inMatrix(page, "shop").getByText("On hold")).toHaveCount(0);
});

/** Writes a blog of this version into an environment; returns the final state of the operation. */
const blogged = async (instance: Instance, environment: string, tag: string): Promise<string> => {
  const containers = [{ name: "blog", image: `registry.example/blog:${tag}` }];
  const operation = await instance.call<Operation>("POST", `/applications/blog/environments/${environment}/configure`, {
    namespace: "blog",
    workloads: [{ name: "blog", containers }],
  });
  return ended(instance, operation);
};

test("applications that are ticked in the matrix are promoted together, and go back together", async ({
  signedIn: page,
  instance,
}) => {
  await instance.call("POST", "/applications", { name: "blog", description: "" });
  const beginnings = await Promise.all([
    instance.call("PATCH", "/environments/Production", { strategy: null }).then(() => "succeeded"),
    deployed(instance, "Staging", "web", "1.6.0"),
    blogged(instance, "Staging", "1.1.0"),
    blogged(instance, "Production", "1.0.0"),
  ]);
  expect(new Set(beginnings)).toEqual(new Set(["succeeded"]));

  await page.goto("/applications");
  for (const name of ["blog", "shop"])
    await page.getByRole("checkbox", { name: `Promote ${name} with others` }).check();
  await page.getByRole("button", { name: "Promote 2 applications" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Promote 2 applications, 2 images" }).click();
  const state = page.getByRole("heading", { level: 1 });
  const clusters = (application: string) => page.getByRole("list", { name: `Clusters of ${application}` });
  await expect(state.getByText("Succeeded")).toBeVisible({ timeout: 60_000 });
  for (const name of ["blog", "shop"]) await expect(clusters(name).getByText("Succeeded")).toHaveCount(2);
  await page.goto("/applications");
  await expect(inMatrix(page, "blog")).toContainText("1.1.0");
  await expect(inMatrix(page, "shop")).toContainText("1.6.0");

  await page.goBack();
  await page.getByRole("button", { name: "Roll back" }).click();
  await dialog.getByRole("button", { name: "Roll back 2 applications, 2 images" }).click();
  await expect(page.getByRole("link", { name: "an earlier promotion" })).toBeVisible();
  await expect(state.getByText("Succeeded")).toBeVisible({ timeout: 60_000 });
  await page.goto("/applications");
  await expect(inMatrix(page, "blog")).toContainText("1.0.0");
  await expect(inMatrix(page, "shop")).toContainText("1.4.0");
});

test("what a finding is about is left out by its remedy, and the rest is promoted", async ({
  signedIn: page,
  instance,
}) => {
  expect(await deployed(instance, "Staging", "checkout", "3.3.0")).toBe("succeeded");
  await patched(instance.kubeconfig("prod-eu"), "checkout", { paused: true });

  await page.goto("/applications/shop?promote=Staging&to=Production");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("1 problem blocks this plan")).toBeVisible();
  await dialog.getByRole("button", { name: "Leave out Deployment checkout" }).click();
  await expect(dialog.getByText("1 problem blocks this plan")).toHaveCount(0);
  await expect(dialog.getByRole("checkbox", { name: "Leave out Deployment checkout" })).toBeChecked();
  await dialog.getByRole("button", { name: "Promote 1 image to 2 clusters" }).click();
  await expect(page.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible({ timeout: 60_000 });

  await page.goto("/applications/shop?environment=Production");
  const production = page.getByRole("region", { name: "Production", exact: true });
  await expect(production.getByText("1.6.0").first()).toBeVisible();
  await expect(production.getByText("3.2.0").first()).toBeVisible();
  await expect(production.getByText("3.3.0")).toHaveCount(0);
});
