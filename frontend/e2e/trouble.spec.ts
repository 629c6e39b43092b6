import {
  deployed,
  deploying,
  ended,
  expect,
  imported,
  promoted,
  signIn,
  stateOf,
  test,
  tokenOf,
  type Operation,
} from "./fixtures";
import { startProxy } from "./tcp-proxy";

test.use({ instanceName: "trouble" });
test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ instance }) => {
  test.setTimeout(180_000);
  await imported(instance, "Development", "Staging");
  const [, deploy] = await Promise.all([
    imported(instance, "Staging", "Production"),
    deployed(instance, "Development", "web", "1.5.0"),
  ]);
  expect(deploy).toBe("succeeded");
});

test("an outdated plan is replaced by the current one instead of being started", async ({
  signedIn: page,
  instance,
}) => {
  await page.goto("/applications/shop?promote=Development&to=Staging");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Promote 1 image to 1 cluster" })).toBeVisible();
  expect(await deployed(instance, "Development", "web", "1.5.1")).toBe("succeeded");

  await dialog.getByRole("button", { name: "Promote 1 image to 1 cluster" }).click();
  await expect(dialog.getByRole("alert")).toContainText("The plan is outdated");
  await expect(dialog.getByRole("listitem").filter({ hasText: "1.5.1" })).toBeVisible();
  await dialog.getByRole("button", { name: "Promote 1 image to 1 cluster" }).click();
  await expect(page.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible({ timeout: 60_000 });
});

test("a promotion that fails on one cluster shows which and why, and is retried on that cluster only", async ({
  signedIn: page,
  instance,
}) => {
  await instance.sandbox("PATCH", "prod-us", "faults", {
    failures: [{ status: 403, methods: ["PATCH"], path: "deployments" }],
  });
  const operation = await promoted(instance, "Staging", "Production");
  await page.goto(`/operations/${operation.id}`);
  const good = page.getByRole("region", { name: "Cluster prod-eu" });
  const bad = page.getByRole("region", { name: "Cluster prod-us" });
  await expect(page.getByRole("heading", { level: 1 }).getByText("Failed")).toBeVisible({ timeout: 60_000 });
  await expect(good.getByText("Succeeded")).toBeVisible();
  await expect(bad.getByText("Failed")).toBeVisible();

  await instance.sandbox("DELETE", "prod-us", "faults");
  await page.getByRole("button", { name: "Retry" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("prod-us");
  await expect(dialog).not.toContainText("prod-eu");
  await dialog.getByRole("button", { name: "Retry on prod-us" }).click();
  await expect(page.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible({ timeout: 60_000 });
  await expect(bad.getByText("Succeeded")).toBeVisible();
});

test("a failed change is put back for exactly the containers that it changed, after a preview", async ({
  signedIn: page,
  instance,
}) => {
  expect(await deployed(instance, "Production", "checkout", "3.3.0")).toBe("succeeded");
  const operation = await deploying(instance, "Production", "web", "1.6.0-broken");
  expect(await ended(instance, operation)).toBe("failed");

  await page.goto("/applications/shop?environment=Production");
  const production = page.getByRole("region", { name: "Production", exact: true });
  await expect(production.getByRole("button", { name: /^Put web 1\.5\.1 back/ })).toBeVisible();
  const releases = page.getByRole("region", { name: "Releases" });
  await expect(releases).toContainText("The last deployment failed and made no release.");
  await expect(releases.getByText("current")).toHaveCount(0);

  await page.goto(`/operations/${operation.id}`);
  await page.getByRole("button", { name: /^Put web 1\.5\.1 back/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("list", { name: "Images by container" }).getByRole("listitem")).toHaveCount(1);
  await dialog.getByRole("button", { name: "Put web 1.5.1 back on 2 clusters" }).click();
  await expect(page.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible({ timeout: 60_000 });

  await page.goto("/applications/shop?environment=Production");
  await expect(production.getByText("1.5.1")).toBeVisible();
  await expect(production.getByText("3.3.0")).toBeVisible();
  await expect(releases.getByText("current")).toHaveCount(1);
});

test("a lost connection is reported, and no event is lost with it", async ({ page, instance }) => {
  const proxy = await startProxy(instance.address);
  // The rollout of this image takes longer than the test: the operation ends when the test cancels it.
  const operation = await deploying(instance, "Development", "web", "1.6.0-slow");
  const signedIn = await page.request.post(`${proxy.address}/api/v1/session`, { data: { token: instance.token } });
  expect(signedIn.status()).toBe(201);
  await page.goto(`${proxy.address}/operations/${operation.id}`);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();

  proxy.cut();
  await expect(page.getByText("Connection lost, reconnecting. The operation continues.")).toBeVisible();
  await instance.call("POST", `/operations/${operation.id}/cancel`);
  expect(await ended(instance, operation)).toBe("cancelled");
  proxy.restore();
  await expect(page.getByRole("heading", { level: 1 }).getByText("Cancelled")).toBeVisible({ timeout: 30_000 });
  const { last_event: last } = await instance.call<{ last_event: number }>("GET", `/operations/${operation.id}`);
  await expect(page.getByRole("list", { name: "Events" }).getByRole("listitem")).toHaveCount(last);
  await proxy.close();
});

test("an operation is cancelled after a confirmation that describes the effect", async ({
  signedIn: page,
  instance,
}) => {
  const operation = await deploying(instance, "Production", "web", "1.7.0-slow");
  await page.goto(`/operations/${operation.id}`);
  await page.getByRole("button", { name: "Cancel operation" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Changes made so far stay.");
  expect(await stateOf(instance, operation)).toBe("running");
  await dialog.getByRole("button", { name: "Cancel operation" }).click();

  await expect(page.getByRole("heading", { level: 1 }).getByText("Cancelled")).toBeVisible();
  await expect(page.getByRole("list", { name: "Events" }).getByText(/^Cancellation requested by/)).toBeVisible();
  for (const cluster of ["prod-eu", "prod-us"]) {
    const progress = page.getByRole("region", { name: `Cluster ${cluster}` });
    await expect(progress).toContainText("Cancelled while its rollouts were watched. What was changed stays.");
  }
  await expect(page.getByRole("button", { name: "Cancel operation" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Retry" })).toBeVisible();
});

test("a retry requires the erased Secret values again, and accepts no others", async ({ signedIn: page, instance }) => {
  await instance.call("POST", "/applications", { name: "blog", description: "" });
  await instance.sandbox("PATCH", "dev-1", "faults", {
    failures: [{ status: 403, methods: ["PATCH", "POST"], path: "secrets" }],
  });
  const operation = await instance.call<Operation>("POST", "/applications/blog/environments/Development/configure", {
    namespace: "blog",
    secrets: [{ name: "login", data: { password: "typed-in-at-first" } }],
  });
  expect(await ended(instance, operation)).toBe("failed");
  await instance.sandbox("DELETE", "dev-1", "faults");

  await page.goto(`/operations/${operation.id}`);
  const dialog = page.getByRole("dialog");
  const retryWith = async (value: string) => {
    await page.getByRole("button", { name: "Retry", exact: true }).click();
    await dialog.getByLabel("Value of login/password").fill(value);
    await dialog.getByRole("button", { name: "Retry on dev-1" }).click();
  };
  await retryWith("");
  await expect(dialog.getByRole("alert")).toContainText("login/password");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await retryWith("another-one");
  await expect(page.getByRole("region", { name: "Cluster dev-1" })).toContainText(
    "Secret login would be written differently than planned",
  );
  await retryWith("typed-in-at-first");
  await expect(page.getByRole("heading", { level: 1 }).getByText("Succeeded")).toBeVisible();
  await expect(page.locator("body")).not.toContainText("typed-in-at-first");
});

test("a viewer reads all pages and sees which right promoting requires", async ({ page, instance }) => {
  await signIn(page, await tokenOf(instance, "viewer"));
  await page.goto("/applications/shop?environment=Staging");
  const promote = page.getByRole("button", { name: /^Promote Staging/ });
  await expect(promote).toHaveAttribute("aria-disabled", "true");
  await expect(promote).toContainText("Requires the right promote on shop in");
  await page.goto("/applications/shop?promote=Staging&to=Production");
  await expect(page.getByRole("dialog").getByText("Requires the right promote on shop in")).toBeAttached();
  await page.goto("/clusters");
  await expect(page.getByRole("button", { name: /^Connect a cluster/ })).toHaveAttribute("aria-disabled", "true");
});

test("a kubeconfig with exec commands is refused, with its line", async ({ signedIn: page, instance }) => {
  await page.goto("/clusters");
  await page.getByRole("button", { name: "Connect a cluster" }).click();
  const dialog = page.getByRole("dialog");
  const text = instance
    .kubeconfig("dev-1")
    .replace(/token: .*/, "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh}");
  await dialog.getByRole("textbox", { name: "Kubeconfig" }).fill(text);
  await dialog.getByRole("textbox", { name: "Name" }).fill("mine");
  await dialog.getByRole("button", { name: "Test and connect" }).click();
  await expect(dialog.getByRole("alert")).toContainText("exec");
  await expect(dialog.getByRole("alert")).toContainText(/Line \d+/);
});

test("a signed-out visit leaves no error in the browser's console", async ({ page }) => {
  const errors: string[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto("/applications/shop");
  await expect(page.getByLabel("Access token")).toBeVisible();
  expect(errors).toEqual([]);
});

test("an unknown application leads to those that exist", async ({ signedIn: page }) => {
  await page.goto("/applications/nowhere");
  await page.getByRole("link", { name: "Go to applications", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Applications" })).toBeVisible();
});

test("a used sign-in link shows an error and the token field", async ({ page, instance }) => {
  await page.goto(instance.link);
  await expect(page.getByRole("heading", { name: "Applications" })).toBeVisible();
  await page.context().clearCookies();
  await page.goto("about:blank");
  await page.goto(instance.link);
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Access token")).toBeVisible();
  expect(page.url()).not.toContain("code");
});
