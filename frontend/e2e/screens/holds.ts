/** Holds and stops, and what closed gates keep from starting or going on. */
import { expect } from "@playwright/test";
import { ada, answered, approvalGate, fromNow, gate } from "./answers";
import { press, type ScreenState } from "./screen";

const hold = {
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073992",
  environment: "Production",
  application: "shop",
  reason: "Payments fail with 1.4.2.",
  until: null,
  operation: null,
  by: ada,
  created_at: fromNow(-3),
};

const stop = {
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073993",
  environment: "Production",
  cluster: null,
  reason: "The database is being restored.",
  by: ada,
  created_at: fromNow(-1),
};

export const holdScreens: readonly ScreenState[] = [
  {
    name: "environments-held",
    path: "/environments",
    arrange: async (page) => {
      await answered(page, "holds", [{ ...hold, application: null }]);
      await answered(page, "stops", [{ ...stop, environment: null }, stop]);
      await page.reload();
      await expect(page.getByRole("list", { name: "Holds of Production" })).toBeVisible();
      await expect(page.getByRole("region", { name: "Emergency stop in force" })).toBeVisible();
    },
  },
  {
    name: "application-held",
    path: "/applications/shop?environment=Production",
    arrange: async (page) => {
      await answered(page, "holds", [hold, { ...hold, id: stop.id, application: null, until: fromNow(5) }]);
      await page.reload();
      await expect(page.getByRole("list", { name: "Holds of Production" })).toBeVisible();
    },
  },
  {
    name: "hold-new",
    path: "/environments",
    arrange: press("Hold Production"),
  },
  {
    name: "stop-environment",
    path: "/environments",
    arrange: press("Stop environment"),
  },
  {
    name: "stop-cluster",
    path: "/clusters",
    arrange: press("Stop cluster"),
  },
  {
    name: "stop-lift",
    path: "/applications",
    arrange: async (page) => {
      await answered(page, "stops", [stop]);
      await page.reload();
      await press("Lift the stop of environment Production")(page);
    },
  },
  {
    name: "operation-paused",
    path: ({ failed }) => `/operations/${failed}`,
    arrange: async (page) => {
      await page.route(/\/api\/v1\/operations\/[0-9a-f-]+$/, async (route) => {
        const answer = await route.fetch();
        const operation = (await answer.json()) as Record<string, unknown>;
        const pause = { at: fromNow(-1), gates: [gate] };
        await route.fulfill({ json: { ...operation, state: "running", ended_at: null, pause, last_event: 100_000 } });
      });
      await page.reload();
      await expect(page.getByRole("region", { name: "Paused" })).toBeVisible();
    },
  },
  {
    name: "roll-back-frozen",
    path: "/applications/shop?environment=Development&release=1",
    arrange: async (page) => {
      await page.route("**/rollback/preview", async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ json: { ...((await answer.json()) as Record<string, unknown>), gates: [gate] } });
      });
      await page.reload();
      await expect(page.getByRole("list", { name: "Gates in the way" })).toBeVisible();
    },
  },
  {
    name: "application-closed",
    path: "/applications/shop?environment=Staging",
    arrange: async (page) => {
      const liftedBy = "An administrator can lift the stop.";
      const starts = ["configure", "import", "promotion", "deploy"];
      await answered(page, "applications/shop/gates", [
        { environment: "Staging", gates: [{ ...gate, kinds: starts }] },
        {
          environment: "Production",
          gates: [
            {
              ...gate,
              kind: "stop",
              id: stop.id,
              reason: stop.reason,
              until: null,
              opened_by: liftedBy,
              kinds: [...starts, "rollback"],
            },
            { ...approvalGate, kinds: starts },
          ],
        },
      ]);
      await page.reload();
      await expect(page.getByRole("list", { name: "Gates of Production" })).toBeVisible();
    },
  },
];
