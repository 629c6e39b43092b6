/** Holds and stops, and what closed gates keep from starting or going on. */
import { expect } from "@playwright/test";
import { ada, amended, answered, approvalGate, fromNow, gate } from "./answers";
import { press, type ScreenState } from "./screen";

export const hold = {
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
    answer: async (page) => {
      await answered(page, "holds", [{ ...hold, application: null }]);
      await answered(page, "stops", [{ ...stop, environment: null }, stop]);
    },
    arrange: async (page) => {
      await expect(page.getByRole("list", { name: "Holds of Production" })).toBeVisible();
      await expect(page.getByRole("region", { name: "Emergency stop in force" })).toBeVisible();
    },
  },
  {
    name: "application-held",
    path: "/applications/shop?environment=Production",
    answer: (page) => answered(page, "holds", [hold, { ...hold, id: stop.id, application: null, until: fromNow(5) }]),
    arrange: (page) => expect(page.getByRole("list", { name: "Holds of Production" })).toBeVisible(),
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
    answer: (page) => answered(page, "stops", [stop]),
    arrange: press("Lift the stop of environment Production"),
  },
  {
    name: "operation-paused",
    path: ({ failed }) => `/operations/${failed}`,
    answer: (page) => {
      const pause = { at: fromNow(-1), gates: [gate] };
      const running = { state: "running", ended_at: null, pause, last_event: 100_000 };
      return amended(page, /\/api\/v1\/operations\/[0-9a-f-]+$/, running);
    },
    arrange: (page) => expect(page.getByRole("region", { name: "Paused" })).toBeVisible(),
  },
  {
    name: "roll-back-frozen",
    path: "/applications/shop?environment=Development&release=1",
    answer: (page) => amended(page, "**/rollback/preview", { gates: [gate] }),
    arrange: (page) => expect(page.getByRole("list", { name: "Gates in the way" })).toBeVisible(),
  },
  {
    name: "application-closed",
    path: "/applications/shop?environment=Staging",
    answer: (page) => {
      const liftedBy = "An administrator can lift the stop.";
      const starts = ["configure", "import", "promotion", "deploy"];
      return answered(page, "applications/shop/gates", [
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
    },
    arrange: (page) => expect(page.getByRole("list", { name: "Gates of Production" })).toBeVisible(),
  },
];
