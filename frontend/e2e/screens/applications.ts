/** Applications in their environments. */
import { expect, type Page } from "@playwright/test";
import type { ClusterOwners } from "@/api/contract";
import { makeOwned } from "@/test/factories";
import { makeGitRepository } from "@/test/git-factories";
import { amended, answered } from "./answers";
import { press, type ScreenState } from "./screen";

/** What only former versions of Stagecoach leave on clusters, as the service tells it. */
const takenFromHelm: ClusterOwners = {
  cluster: "staging-1",
  failure: null,
  workloads: [
    makeOwned("web", {
      owner: "the Helm release shop in namespace shop",
      applied_by: ["helm"],
      taken: true,
      possible: [{ delivery: "as-owner", steps: ["Set the image delivery 'as-owner'."] }],
    }),
  ],
};

const withGitRepository = (page: Page) =>
  answered(page, "get", "/api/v1/git-repositories", {
    items: [makeGitRepository({ pull_requests: "github", last_seen_at: "2026-11-23T12:00:00Z" })],
    next_cursor: null,
  });

export const applicationScreens: readonly ScreenState[] = [
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
  { name: "compare", path: "/applications/shop/compare?left=Staging&right=Production" },
  { name: "application-not-found", path: "/applications/nowhere" },
  {
    name: "roll-back",
    path: "/applications/shop?environment=Development&release=1",
    arrange: async (page) => {
      await expect(page.getByRole("dialog").getByRole("list", { name: "Images by container" })).toBeVisible();
    },
  },
  {
    name: "roll-back-configured",
    path: "/applications/shop?environment=Staging&release=1&configuration=true",
    arrange: async (page) => {
      await expect(page.getByRole("dialog").getByRole("group", { name: "What is put back" })).toBeVisible();
    },
  },
  {
    name: "restart",
    path: "/applications/shop?environment=Development&restart=true",
    arrange: async (page) => {
      await expect(page.getByRole("list", { name: "Workloads that are restarted" })).toBeVisible();
      await page.getByRole("checkbox", { name: "Go by rings, or say more about failures" }).check();
      await page.getByRole("button", { name: "Change the clusters in rings" }).click();
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
    name: "follow",
    path: "/applications/shop?environment=Staging",
    arrange: async (page) => {
      await page.getByRole("radiogroup", { name: "Deploy mode" }).getByText("Follow").click();
      await expect(page.getByRole("textbox", { name: "Minutes of health" })).toBeVisible();
    },
  },
  {
    name: "image-delivery",
    path: "/applications/shop?environment=Staging",
    answer: withGitRepository,
    arrange: async (page) => {
      await page
        .getByRole("button", { name: /^Set the delivery/ })
        .first()
        .click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("radio", { name: "Git commit" }).click();
      await dialog.getByRole("combobox", { name: "Git repository" }).selectOption("shop-config");
      await dialog.getByRole("radio", { name: /^Values/ }).click();
      await expect(dialog.getByRole("textbox", { name: "Tag", exact: true }).first()).toBeVisible();
    },
  },
  {
    name: "git-folder",
    path: "/applications/shop?environment=Production",
    answer: withGitRepository,
    arrange: async (page) => {
      await page.getByRole("button", { name: "Set the Git folder" }).click();
      await page.getByRole("dialog").getByRole("combobox", { name: "Git repository" }).selectOption("shop-config");
    },
  },
  {
    name: "import-to-git",
    path: "/applications/shop/import/Staging?from=Development",
    answer: (page) =>
      amended(
        page,
        "get",
        "/api/v1/applications/{application}/environments/{environment}",
        () => ({ git_folder: { repository: "shop-config", branch: "main", path: "apps/shop/staging", paths: {} } }),
        { environment: "Staging" },
      ),
    arrange: (page) => expect(page.getByRole("radio", { name: "To Git" })).toBeChecked(),
  },
  {
    name: "give-back",
    path: "/applications/shop?environment=Staging",
    answer: (page) =>
      answered(page, "get", "/api/v1/applications/{application}/environments/{environment}/ownership", [takenFromHelm]),
    arrange: press("Give fields back"),
  },
];
