/** Environments and clusters. */
import { expect } from "@playwright/test";
import { press, type ScreenState } from "./screen";

export const environmentScreens: readonly ScreenState[] = [
  { name: "environments", path: "/environments" },
  { name: "environment-new", path: "/environments", arrange: press("New environment") },
  {
    name: "strategy",
    path: "/environments",
    arrange: async (page) => {
      await press("Strategy of Production")(page);
      await page.getByRole("button", { name: "Change the clusters in rings" }).click();
      for (const kind of ["HTTP request", "Prometheus query"]) {
        await page.getByRole("button", { name: "Add a check" }).click();
        await page.getByRole("menuitem", { name: kind }).click();
      }
      await page.getByRole("button", { name: "Add a hook" }).click();
      await expect(page.getByRole("group", { name: "hook hook-1" })).toBeVisible();
    },
  },
  {
    name: "environment-edit",
    path: "/environments",
    arrange: async (page) => {
      await press("Edit Production")(page);
      await page.getByRole("button", { name: "Add a name" }).click();
      await expect(page.getByRole("group", { name: "Name 1" })).toBeVisible();
    },
  },
  { name: "approvals", path: "/environments", arrange: press("Approvals in Production") },
  { name: "given-namespaces", path: "/environments", arrange: press("Given namespaces of Staging") },
  { name: "clusters", path: "/clusters" },
  { name: "cluster-connect", path: "/clusters", arrange: press("Connect a cluster") },
  { name: "cluster-remove", path: "/clusters", arrange: press("Remove dev-1") },
  {
    name: "environment-level",
    path: "/environments",
    arrange: async (page) => {
      await press("Bring a cluster of Production level")(page);
      await expect(page.getByRole("region", { name: "shop" })).toBeVisible();
    },
  },
];
