import { expect, test } from "./fixtures";

test.use({ instanceName: "setting-up" });
test.describe.configure({ mode: "serial" });

test("a new application is configured by form and YAML, which show the same", async ({ signedIn: page }) => {
  await page.goto("/applications");
  await page.getByRole("button", { name: "New application" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("blog");
  await page.getByRole("button", { name: "Create application" }).click();
  await page.getByRole("link", { name: "Configure", exact: true }).click();

  await page.getByRole("combobox", { name: "Namespace" }).fill("blog");
  await page.getByRole("button", { name: "Add workload" }).click();
  await page.getByRole("menuitem", { name: "Deployment" }).click();
  const editor = page.getByRole("textbox", { name: "YAML manifests" });
  await page.getByRole("textbox", { name: "Image" }).fill("registry.example/blog:1.0.0");
  await expect(editor).toContainText("image: registry.example/blog:1.0.0");

  await editor.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.insertText("---\nkind: [\n");
  await expect(page.getByText(/^Fix \d+ errors? in the YAML\.$/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Preview changes" })).toBeDisabled();
  await page.keyboard.press("Control+z");
  await expect(page.getByRole("region", { name: "Deployment web" })).toBeVisible();

  await page.getByRole("button", { name: "Preview changes" }).click();
  await page.getByRole("button", { name: "Configure 1 resource on 1 cluster" }).click();
  await expect(page.getByRole("heading", { name: "Configuration of blog in Development" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible({ timeout: 60_000 });
});

test("a folder in Git is set for an environment before its import, which may choose the clusters all the same", async ({
  signedIn: page,
  instance,
}) => {
  await instance.call("PUT", "/git-repositories/shop-config", {
    url: "https://git.example/shop/config.git",
    credential: { kind: "basic", username: "stagecoach", password: "a-token" },
  });
  const folder = async () =>
    (await instance.call<{ git_folder: unknown }>("GET", "/applications/shop/environments/Production")).git_folder;
  await page.goto("/applications/shop?environment=Production");
  await page.getByRole("button", { name: "Set the Git folder" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Git repository" }).selectOption("shop-config");
  await expect(dialog.getByText("Imports are committed to the branch itself")).toBeVisible();
  await dialog.getByRole("textbox", { name: "Folder", exact: true }).fill("apps/shop/prod");
  await dialog.getByRole("textbox", { name: "prod-us" }).fill("apps/shop/prod-us");
  await dialog.getByRole("button", { name: "Set the folder" }).click();
  await expect(page.getByRole("list", { name: "Clusters with a folder of their own" })).toHaveText(
    "prod-us: apps/shop/prod-us",
  );
  const paths = { "prod-us": "apps/shop/prod-us" };
  expect(await folder()).toEqual({ repository: "shop-config", branch: "main", path: "apps/shop/prod", paths });

  await page.getByRole("link", { name: "Import", exact: true }).click();
  await expect(page.getByRole("radio", { name: "To Git" })).toBeChecked();
  await page.getByRole("radio", { name: "To the clusters" }).click();
  await page.getByRole("button", { name: "Preview changes" }).click();
  await expect(page.getByRole("button", { name: /^Copy \d+ resources to 2 clusters$/ })).toBeEnabled();

  await page.goto("/applications/shop?environment=Production");
  await page.getByRole("button", { name: "Take it away" }).click();
  await dialog.getByRole("button", { name: "Take it away" }).click();
  await expect(page.getByText(/^Imports are written to the clusters/)).toBeVisible();
  expect(await folder()).toBeNull();
});

test("environments are reordered by keyboard and by dragging", async ({ signedIn: page, instance }) => {
  const names = () => page.getByRole("listitem").getByRole("heading", { level: 2 }).allTextContents();
  const kept = async () =>
    (await instance.call<{ items: { name: string }[] }>("GET", "/environments")).items.map(({ name }) => name);
  await page.goto("/environments");
  await page.getByRole("button", { name: "Move Production up" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Production is now number 2 of 3.")).toBeAttached();
  await expect.poll(kept).toEqual(["Development", "Production", "Staging"]);
  await expect.poll(names).toEqual(["Development", "Production", "Staging"]);

  await page
    .getByRole("listitem")
    .filter({ hasText: "deploys manually" })
    .nth(2)
    .dragTo(page.getByRole("listitem").filter({ hasText: "deploys manually" }).nth(1));
  await expect.poll(kept).toEqual(["Development", "Staging", "Production"]);
  await expect.poll(names).toEqual(["Development", "Staging", "Production"]);
});

test("a cluster is connected by dropping its kubeconfig, and is removed unless an environment uses it", async ({
  signedIn: page,
  instance,
}) => {
  await page.goto("/clusters");
  await page.getByRole("button", { name: "Connect a cluster" }).click();
  const dialog = page.getByRole("dialog");
  const dropped = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "config.yaml", { type: "text/plain" }));
    return transfer;
  }, instance.kubeconfig("dev-1"));
  await dialog.getByRole("textbox", { name: "Kubeconfig" }).dispatchEvent("drop", { dataTransfer: dropped });
  await expect(dialog.getByRole("textbox", { name: "Kubeconfig" })).toHaveValue(/current-context/);
  await dialog.getByRole("textbox", { name: "Name" }).fill("spare");
  await dialog.getByRole("button", { name: "Test and connect" }).click();
  await expect(page.getByRole("article", { name: "spare" }).getByText("Reachable")).toBeVisible();

  await page.getByRole("button", { name: "Remove spare" }).click();
  await dialog.getByRole("button", { name: "Remove spare" }).click();
  await expect(page.getByRole("article", { name: "spare" })).toHaveCount(0);

  await page.getByRole("button", { name: "Remove dev-1" }).click();
  await dialog.getByRole("button", { name: "Remove dev-1" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Development");
});

test("a new token signs a user in, and is refused once it is revoked", async ({
  signedIn: page,
  browser,
  instance,
}) => {
  await page.goto("/applications");
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: "Access tokens" }).click();
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("grace");
  await dialog.getByRole("radio", { name: /^maintainer/ }).check();
  await dialog.getByRole("button", { name: "Create token" }).click();
  const token = await dialog.getByText(/^stg_/).textContent();
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByText(token!)).toHaveCount(0);

  const context = await browser.newContext({ baseURL: instance.address });
  const theirs = await context.newPage();
  await theirs.goto("/tokens");
  await theirs.getByLabel("Access token").fill(token!);
  await theirs.getByRole("button", { name: "Sign in" }).click();
  await expect(theirs.getByRole("heading", { name: "Only for administrators" })).toBeVisible();

  await page.getByRole("button", { name: "Revoke grace" }).click();
  await dialog.getByRole("button", { name: "Revoke grace" }).click();
  await expect(page.getByRole("rowheader", { name: /^grace/ })).toHaveCount(0);
  await theirs.goto("/applications");
  await expect(theirs.getByLabel("Access token")).toBeVisible();
  await context.close();
});
