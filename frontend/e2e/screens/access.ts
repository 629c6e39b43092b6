/** Who may call, with what, and what they did. */
import { expect } from "@playwright/test";
import { press, type ScreenState } from "./screen";

export const accessScreens: readonly ScreenState[] = [
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
  { name: "service-accounts", path: "/service-accounts" },
  { name: "trusts", path: "/trusts" },
  { name: "trust-new", path: "/trusts", arrange: press("New trust") },
  { name: "my-tokens", path: "/my-tokens" },
  { name: "sessions", path: "/sessions" },
  { name: "audit", path: "/audit" },
];
