/** Registries, receivers and polled repositories. */
import { expect } from "@playwright/test";
import { press, type ScreenState } from "./screen";

export const registryScreens: readonly ScreenState[] = [
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
];
