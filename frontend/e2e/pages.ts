/** All pages and dialogs, for tests that check each of them. */
import type { Page } from "@playwright/test";
import { deployed, ended, expect, imported, promoted, receiving, reported, test as base } from "./fixtures";
import { gateScreens } from "./gate-pages";
import type { Instance } from "./instance";
import { peopleScreens } from "./people-pages";

/** What the seeded instance holds that paths name. */
interface Seed {
  /** The id of a failed promotion. */
  failed: string;
  /** The id of a receiver. */
  receiver: string;
}

export interface ScreenState {
  name: string;
  path: string | ((seed: Seed) => string);
  /** Brings the page into the state to check. */
  arrange?: (page: Page) => Promise<void>;
}

/** Creates shop in three environments, with images to promote and a failed operation. */
async function seeded(instance: Instance): Promise<Seed> {
  await imported(instance, "Development", "Staging");
  await Promise.all([
    imported(instance, "Staging", "Production"),
    deployed(instance, "Development", "web", "1.5.0"),
    instance.call("POST", "/applications", { name: "blog", description: "Not configured anywhere yet" }),
  ]);
  await ended(instance, await promoted(instance, "Development", "Staging"));
  await instance.sandbox("PATCH", "prod-us", "faults", {
    failures: [{ status: 403, methods: ["PATCH"], path: "deployments" }],
  });
  const failed = await promoted(instance, "Staging", "Production");
  await Promise.all([ended(instance, failed), deployed(instance, "Development", "checkout", "3.3.0")]);
  await instance.sandbox("DELETE", "prod-us", "faults");
  return { failed: failed.id, receiver: await seedReceiver(instance) };
}

/** Creates a receiver with an unmatched and an unauthenticated delivery, and image policies with two image pushes. */
async function seedReceiver(instance: Instance): Promise<string> {
  const receiver = await receiving(instance, "Builds of shop");
  await reported(instance, receiver, "registry.example/shop/other:1.0.0");
  await reported(instance, { ...receiver, secret: "wrong" }, "registry.example/shop/web:1.5.0");
  await instance.call("PUT", "/applications/shop/environments/Staging/image-policies", {
    rules: [{ match: { container: "web" }, select: { kind: "semver", range: "^1.4.0" }, newest_by: "semver" }],
  });
  for (const tag of ["1.6.0", "2.0.0"]) await reported(instance, receiver, `registry.example/shop/web:${tag}`);
  await expect
    .poll(async () => {
      const path = "/applications/shop/environments/Staging/images";
      return (await instance.call<{ items: { verdict: string | null }[] }>("GET", path)).items.map(
        (each) => each.verdict,
      );
    })
    .toEqual(["refused", "offered"]);
  await instance.call("PUT", "/registries/registry.example", { credential: { kind: "anonymous" } });
  await instance.call("PUT", "/polls/registry.example/shop/web", { interval_seconds: 86_400 });
  return receiver.id;
}

/** Tests that check every page share one seeded instance. */
export const test = base.extend<object, { seed: Seed }>({
  seed: [async ({ instance }, give) => give(await seeded(instance)), { scope: "worker", timeout: 240_000 }],
});

/** What only former versions of Stagecoach leave on clusters, as the service tells it. */
const takenFromHelm = [
  {
    cluster: "staging-1",
    failure: null,
    workloads: [
      {
        workload: { api_version: "apps/v1", kind: "Deployment", name: "web" },
        owner: "the Helm release shop in namespace shop",
        applied_by: ["helm"],
        taken: true,
      },
    ],
  },
];

const dialogShown = (page: Page) => expect(page.getByRole("dialog")).toBeVisible();

const press = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole("button", { name }).first().click();
  await dialogShown(page);
};

export const screens: readonly ScreenState[] = [
  { name: "applications", path: "/applications" },
  { name: "applications-nothing-found", path: "/applications?search=nowhere" },
  { name: "application-new", path: "/applications", arrange: press("New application") },
  { name: "application", path: "/applications/shop?environment=Production" },
  { name: "application-unconfigured", path: "/applications/blog?environment=Development" },
  {
    name: "promote",
    path: "/applications/shop?environment=Development&promote=Development&to=Staging",
    arrange: async (page) => {
      await expect(page.getByRole("dialog").getByRole("list", { name: "Images by container" })).toBeVisible();
    },
  },
  {
    name: "deploy",
    path: "/applications/shop?environment=Staging",
    arrange: async (page) => {
      await page.getByRole("list", { name: "Offered in Staging" }).getByRole("button").first().click();
      await expect(page.getByRole("dialog").getByRole("list", { name: "Images by container" })).toBeVisible();
    },
  },
  {
    name: "put-back",
    path: ({ failed }) => `/operations/${failed}?back=true`,
    arrange: async (page) => {
      await expect(page.getByRole("dialog").getByRole("list", { name: "Images by container" })).toBeVisible();
    },
  },
  { name: "compare", path: "/applications/shop/compare?left=Staging&right=Production" },
  { name: "application-not-found", path: "/applications/nowhere" },
  {
    name: "roll-back",
    path: "/applications/shop?environment=Development&release=1",
    arrange: async (page) => {
      await expect(page.getByRole("dialog").getByRole("list", { name: "Images by container" })).toBeVisible();
    },
  },
  { name: "import", path: "/applications/shop/import/Staging?from=Development" },
  {
    name: "import-preview",
    path: "/applications/shop/import/Production?from=Development",
    arrange: async (page) => {
      await page.getByRole("button", { name: "ConfigMap key" }).click();
      const override = page.getByRole("group", { name: "ConfigMap key, override 1" });
      await override.getByRole("combobox", { name: "ConfigMap" }).fill("shop-settings");
      await override.getByRole("textbox", { name: "Key" }).fill("LOG_LEVEL");
      await override.getByRole("textbox", { name: "Value in the target" }).fill("warning");
      await page.getByRole("radio", { name: "Overwrite existing" }).check();
      await page.getByRole("button", { name: "Preview changes" }).click();
      await expect(page.getByRole("heading", { name: "Planned changes" })).toBeVisible();
    },
  },
  {
    name: "configure",
    path: "/applications/blog/configure/Development",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Add workload" }).click();
      await page.getByRole("menuitem", { name: "Deployment" }).click();
      await page.getByRole("textbox", { name: "Image" }).fill("registry.example/blog:1.0.0");
      await page.getByRole("button", { name: "Add Secret" }).click();
      await expect(page.getByRole("region", { name: "Secret credentials" })).toBeVisible();
    },
  },
  {
    name: "adopt",
    path: "/applications/blog/adopt/Development",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Find resources", exact: true }).click();
      await expect(page.getByRole("heading", { name: "Resources found" })).toBeVisible();
    },
  },
  { name: "operation-failed", path: ({ failed }) => `/operations/${failed}` },
  {
    name: "operation-retry",
    path: ({ failed }) => `/operations/${failed}`,
    arrange: press("Retry"),
  },
  { name: "history", path: "/operations" },
  { name: "history-empty", path: "/operations?state=cancelled" },
  { name: "environments", path: "/environments" },
  { name: "environment-new", path: "/environments", arrange: press("New environment") },
  { name: "approvals", path: "/environments", arrange: press("Approvals in Production") },
  { name: "given-namespaces", path: "/environments", arrange: press("Given namespaces of Staging") },
  { name: "clusters", path: "/clusters" },
  { name: "cluster-connect", path: "/clusters", arrange: press("Connect a cluster") },
  { name: "cluster-remove", path: "/clusters", arrange: press("Remove dev-1") },
  { name: "tokens", path: "/tokens" },
  { name: "token-new", path: "/tokens", arrange: press("New token") },
  {
    name: "token-shown",
    path: "/tokens",
    arrange: async (page) => {
      await page.getByRole("button", { name: "New token" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill(`ci ${new Date().toISOString()}`);
      await page.getByRole("button", { name: "Create token" }).click();
      await expect(page.getByText("Copy the token now")).toBeVisible();
    },
  },
  { name: "token-revoke", path: "/tokens", arrange: press(/^Revoke/) },
  ...peopleScreens,
  { name: "service-accounts", path: "/service-accounts" },
  { name: "trusts", path: "/trusts" },
  { name: "trust-new", path: "/trusts", arrange: press("New trust") },
  { name: "my-tokens", path: "/my-tokens" },
  { name: "sessions", path: "/sessions" },
  { name: "audit", path: "/audit" },
  { name: "notifications", path: "/notifications" },
  { name: "channel-new", path: "/notifications", arrange: press("New channel") },
  { name: "registries", path: "/registries" },
  {
    name: "receiver-new",
    path: "/registries",
    arrange: async (page) => {
      await page.getByRole("button", { name: "New receiver" }).click();
      await page.getByRole("combobox", { name: "Registry type" }).click();
      await page.getByRole("option", { name: "JFrog Artifactory" }).click();
      await expect(page.getByText("Authentication", { exact: true })).toBeVisible();
    },
  },
  {
    name: "receiver-shown",
    path: "/registries",
    arrange: async (page) => {
      await page.getByRole("button", { name: "New receiver" }).click();
      await page.getByRole("combobox", { name: "Registry type" }).click();
      await page.getByRole("option", { name: "Docker Hub" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill(`hub ${new Date().toISOString()}`);
      await page.getByRole("button", { name: "Create receiver" }).click();
      await expect(page.getByText("Copy the secret now")).toBeVisible();
    },
  },
  { name: "receiver", path: ({ receiver }) => `/registries/${receiver}` },
  { name: "receiver-no-such-deliveries", path: ({ receiver }) => `/registries/${receiver}?fate=unreadable` },
  {
    name: "receiver-test",
    path: ({ receiver }) => `/registries/${receiver}`,
    arrange: async (page) => {
      await page.getByRole("button", { name: "Test a payload" }).click();
      await page
        .getByRole("textbox", { name: "Payload" })
        .fill(JSON.stringify({ image: "registry.example/shop/web:1.6.0" }, null, 2));
      await page.getByRole("button", { name: "Run test" }).click();
      await expect(page.getByRole("list", { name: "Effect on environments" })).toBeVisible();
    },
  },
  {
    name: "image-why",
    path: "/applications/shop?environment=Staging&why=2.0.0",
    arrange: async (page) => {
      await expect(page.getByRole("paragraph").filter({ hasText: /^2\.0\.0 in Staging$/ })).toBeVisible();
    },
  },
  {
    name: "image-policies",
    path: "/applications/shop?environment=Staging&policies=true",
    arrange: async (page) => {
      await expect(page.getByRole("list", { name: "Tags for web" })).toBeVisible();
    },
  },
  {
    name: "deploy-mode",
    path: "/applications/shop?environment=Staging",
    arrange: async (page) => {
      await page.getByRole("radiogroup", { name: "Deploy mode" }).getByText("Automatic").click();
      await expect(page.getByRole("list", { name: "Deployed immediately" })).toBeVisible();
    },
  },
  {
    name: "consent-store",
    path: "/applications/shop?environment=Staging",
    arrange: press("Store consent"),
  },
  {
    name: "give-back",
    path: "/applications/shop?environment=Staging",
    arrange: async (page) => {
      await page.route("**/applications/shop/environments/Staging/ownership", (route) =>
        route.fulfill({ json: takenFromHelm }),
      );
      await page.reload();
      await press("Give fields back")(page);
    },
  },
  { name: "registry-new", path: "/registries", arrange: press("Add a registry") },
  {
    name: "registry-check",
    path: "/registries",
    arrange: async (page) => {
      await page.getByRole("button", { name: "Check registry.example" }).click();
      await page.getByRole("button", { name: "Run check" }).click();
      await expect(page.getByText("Check failed")).toBeVisible();
    },
  },
  { name: "registry-remove", path: "/registries", arrange: press("Remove registry.example") },
  { name: "poll-new", path: "/registries", arrange: press("Poll a repository") },
  { name: "receiver-rotate", path: ({ receiver }) => `/registries/${receiver}`, arrange: press("Replace secret") },
  { name: "receiver-delete", path: ({ receiver }) => `/registries/${receiver}`, arrange: press("Delete") },
  ...gateScreens,
  { name: "not-found", path: "/nowhere" },
];

/** Opens the page and waits until it has loaded. */
export async function visit(page: Page, { path, arrange }: ScreenState, seed: Seed): Promise<void> {
  await page.unrouteAll(); // what the former screen was told
  await page.goto(typeof path === "string" ? path : path(seed));
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
  await arrange?.(page);
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
}
