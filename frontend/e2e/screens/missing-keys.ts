/** Keys that Production lacks, beside an operation that is running there. */
import { expect, type Page } from "@playwright/test";
import type { MatrixCell } from "@/api/contract";
import { amended } from "./answers";
import type { ScreenState } from "./screen";

const inProduction: Pick<MatrixCell, "active_operation" | "missing_keys"> = {
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

const withMissing = <Each extends { environment: string }>(each: Each): Each =>
  each.environment === "Production" ? { ...each, ...inProduction } : each;

const inMatrix = (page: Page) =>
  amended(page, "get", "/api/v1/overview", ({ items }) => ({
    items: items.map((row) => ({ ...row, cells: row.cells.map(withMissing) })),
  }));

const inApplication = (page: Page) =>
  amended(page, "get", "/api/v1/applications/{application}/overview", ({ environments }) => ({
    environments: environments.map(withMissing),
  }));

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
