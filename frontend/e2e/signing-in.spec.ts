/** Signing in through a real OpenID provider, in a real browser: cookies, redirects and forms as they are. */
import { expect, test as base } from "@playwright/test";
import { startInstance, type Instance } from "./instance";
import { startProvider } from "./openid";

const test = base.extend<object, { corp: Instance }>({
  corp: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are needed from the pattern
    async ({}, give) => {
      const provider = await startProvider();
      const instance = await startInstance({
        STAGECOACH_OIDC__CORP__ISSUER: provider.issuer,
        STAGECOACH_OIDC__CORP__CLIENT_ID: "stagecoach",
        STAGECOACH_OIDC__CORP__CLIENT_SECRET: "correct horse & battery",
        STAGECOACH_OIDC__CORP__SCOPES: "openid profile email groups",
        STAGECOACH_OIDC__CORP__ADMIN_GROUP: "admins",
        STAGECOACH_OIDC__CORP__ALLOW_LOOPBACK: "true",
      });
      await provider.set({
        accounts: {
          ada: { name: "Ada Lovelace", groups: ["/shop", "ops"] },
          grace: { name: "Grace Hopper", groups: ["admins"] },
        },
        client: {
          client_id: "stagecoach",
          client_secret: "correct horse & battery",
          redirect_uris: [`${instance.address}/api/v1/session/oidc/corp/callback`],
          post_logout_redirect_uris: [`${instance.address}/sign-in`],
        },
      });
      await give(instance);
      await instance.stop();
      provider.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  baseURL: async ({ corp }, give) => give(corp.address),
});

test("people sign in, see what they may, and sign out at the provider as well", async ({ page, corp }) => {
  await page.goto("/operations");
  await page.getByRole("link", { name: "Sign in with Corp" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Corp refused the sign-in, or you cancelled it.")).toBeVisible();

  await page.getByRole("link", { name: "Sign in with Corp" }).click();
  await page.getByRole("button", { name: "Ada Lovelace" }).click();
  await expect(page.getByText("You are signed in as Ada Lovelace, and have no role here yet")).toBeVisible();
  await expect(page.getByText("shop, ops")).toBeVisible();

  await page.getByRole("button", { name: /^Account: Ada Lovelace/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Yes" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);

  await page.goto("/sessions");
  await page.getByRole("link", { name: "Sign in with Corp" }).click();
  await page.getByRole("button", { name: "Grace Hopper" }).click();
  await expect(page).toHaveURL(/\/sessions$/);
  await expect(page.getByText("This one")).toBeVisible();

  await page.goto(corp.link);
  await expect(page.getByRole("heading", { name: "Sign in as somebody else?" })).toBeVisible();
  await page.getByRole("button", { name: "Stay signed in as Grace Hopper" }).click();
  await expect(page.getByRole("button", { name: /^Account: Grace Hopper/ })).toBeVisible();
});
