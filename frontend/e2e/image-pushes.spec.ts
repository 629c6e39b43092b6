import type { Locator } from "@playwright/test";
import { digestOf, expect, imported, test } from "./fixtures";

test.use({ instanceName: "image-pushes" });

/** The notification that CNCF Distribution sends after a push. */
const pushed = (repository: string, tag: string) => ({
  events: [
    {
      id: `event of ${repository}:${tag}`,
      timestamp: new Date().toISOString(),
      action: "push",
      target: {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: digestOf(`registry.example/${repository}:${tag}`),
        repository,
        tag,
      },
      request: { host: "registry.example", method: "PUT" },
    },
  ],
});

test("a pushed image is deployed automatically in Development and offered in Staging", async ({
  signedIn: page,
  instance,
}) => {
  test.setTimeout(240_000);
  await imported(instance, "Development", "Staging");
  let address = "";
  let secret = "";

  await test.step("a new receiver shows its address and secret once", async () => {
    await page.goto("/registries");
    await page.getByRole("button", { name: "New receiver" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Registry type" }).click();
    await page.getByRole("option", { name: /^CNCF Distribution/ }).click();
    await dialog.getByRole("textbox", { name: "Name" }).fill("Our registry");
    // In a low window the form has to be scrolled to its end; what is shown once begins at its first line all the same.
    const { width, height } = page.viewportSize()!;
    await page.setViewportSize({ width, height: 420 });
    await dialog.getByText("Setup steps").click();
    await dialog.getByRole("button", { name: "Create receiver" }).click();
    await expect(page.getByText("Copy the secret now")).toBeInViewport({ ratio: 1 });
    const bottomOf = async (part: Locator) => (await part.boundingBox().then((box) => box!.y + box!.height)) - 1;
    const note = await page.getByText("Copy the secret now").boundingBox();
    expect(note!.y).toBeGreaterThan(await bottomOf(page.getByRole("heading", { name: "The receiver Our registry" })));
    await page.setViewportSize({ width, height });
    const steps = await page.getByRole("list", { name: "Setup steps" }).innerText();
    address = /url: (\S+)/.exec(steps)?.[1] ?? "";
    secret = /Authorization: \[Bearer (\S+)\]/.exec(steps)?.[1] ?? "";
    await page.getByRole("button", { name: "I have copied it" }).click();
    await expect(page.getByText(secret)).toHaveCount(0);
  });

  await test.step("a payload is tested, without any effect", async () => {
    await page.getByRole("link", { name: "Our registry" }).click();
    await page.getByRole("button", { name: "Test a payload" }).click();
    await page.getByRole("textbox", { name: "Payload" }).fill(JSON.stringify(pushed("shop/web", "1.5.0")));
    await page.getByRole("button", { name: "Run test" }).click();
    const effects = page.getByRole("list", { name: "Effect on environments" });
    await expect(
      effects.getByRole("listitem").filter({ hasText: "shop in Staging" }).getByText("Offered"),
    ).toBeVisible();
    await expect(page.getByRole("heading", { name: "No deployment" })).toBeVisible();
    await page.getByRole("button", { name: "Close" }).click();
    await expect(page.getByText("No deliveries yet")).toBeVisible();
  });

  await test.step("Development is switched to automatic deployment, after showing the effect", async () => {
    await page.goto("/applications/shop?environment=Development");
    await page.getByRole("radiogroup", { name: "Deploy mode" }).getByText("Automatic").click();
    await expect(page.getByRole("dialog").getByText("Nothing waits to be deployed now.")).toBeVisible();
    await page.getByRole("button", { name: "Switch to automatic" }).click();
    const development = page.getByRole("region", { name: "Development", exact: true });
    await expect(development.getByText("automatic")).toBeVisible();
  });

  await test.step("the registry reports a push, and the page shows the rollout without a reload", async () => {
    const response = await fetch(address, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${secret}`,
        "Content-Type": "application/vnd.docker.distribution.events.v2+json",
      },
      body: JSON.stringify(pushed("shop/web", "1.5.0")),
    });
    expect([response.status, ((await response.json()) as { fate: string }).fate]).toEqual([202, "accepted"]);
    const development = page.getByRole("region", { name: "Development", exact: true });
    await expect(development.getByText("1.5.0")).toBeVisible({ timeout: 60_000 });
    await expect(development.getByText("An operation is running")).toHaveCount(0, { timeout: 60_000 });
    await expect(development.getByText("Healthy").first()).toBeVisible({ timeout: 60_000 });
  });

  await test.step("Staging offers the image, explains why it does not run, and deploys it after a preview", async () => {
    await page.goto("/applications/shop?environment=Staging");
    await page.getByRole("textbox", { name: "Why is a tag not deployed?" }).fill("1.5.0");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await expect(page.getByRole("paragraph").filter({ hasText: /^1\.5\.0 in Staging$/ })).toBeVisible();
    await page
      .getByRole("list", { name: "Offered in Staging" })
      .getByRole("button", { name: "Deploy 1.5.0 in Staging" })
      .click();
    const dialog = page.getByRole("dialog", { name: "Deploy web:1.5.0 in Staging" });
    await expect(dialog.getByRole("listitem").filter({ hasText: "1.5.0" }).getByText("newer")).toBeVisible();
    await expect(page.getByRole("region", { name: "Staging", exact: true })).not.toContainText(
      "An operation is running",
    );
    await dialog.getByRole("button", { name: "Deploy to 1 container on 1 cluster" }).click();
    await expect(page.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible({ timeout: 60_000 });
  });

  await test.step("the receiver lists the delivery", async () => {
    await page.goto("/registries");
    await page.getByRole("link", { name: "Our registry" }).click();
    await expect(page.getByRole("region", { name: "Deliveries" }).getByText("Accepted")).toBeVisible();
    await expect(page.getByText("registry.example/shop/web:1.5.0")).toBeVisible();
  });
});
