/** Keys that Production lacks, beside an operation that is running there. */
import { expect, type Page } from "@playwright/test";
import type { ScreenState } from "./screen";

interface InEnvironment {
  environment: string;
}

const inProduction = {
  active_operation: "0192f0c1-7a5e-7cc3-98c4-dc0c0c0739b1",
  missing_keys: {
    source: "Staging",
    count: 3,
    whole_objects: 1,
    objects: [
      { kind: "ConfigMap", name: "shop-settings", keys: ["MODE", "PAYMENT_URL"] },
      { kind: "Secret", name: "shop-payment", keys: [] },
    ],
  },
};

const withMissing = <Each extends InEnvironment>(each: Each): Each =>
  each.environment === "Production" ? { ...each, ...inProduction } : each;

const inMatrix = (page: Page) =>
  page.route("**/api/v1/overview*", async (route) => {
    const answer = (await (await route.fetch()).json()) as { items: { cells: InEnvironment[] }[] };
    const items = answer.items.map((row) => ({ ...row, cells: row.cells.map(withMissing) }));
    await route.fulfill({ json: { ...answer, items } });
  });

const inApplication = (page: Page) =>
  page.route("**/api/v1/applications/shop/overview*", async (route) => {
    const answer = (await (await route.fetch()).json()) as { environments: InEnvironment[] };
    await route.fulfill({ json: { ...answer, environments: answer.environments.map(withMissing) } });
  });

export const missingKeyScreens: readonly ScreenState[] = [
  {
    name: "applications-missing-keys",
    path: "/applications",
    answer: inMatrix,
    arrange: (page) => expect(page.getByRole("link", { name: /missing in Production/ }).first()).toBeVisible(),
  },
  {
    name: "application-missing-keys",
    path: "/applications/shop?environment=Development",
    answer: inApplication,
    arrange: (page) => expect(page.getByRole("button", { name: /^Bring 2 keys and 1 object/ })).toBeVisible(),
  },
];
