/** Holds and stops, and what closed gates keep from starting or going on. */
import { expect, type Page } from "@playwright/test";
import type { Hold, Stop } from "@/api/contract";
import { makeClosedGate, makeHold, makeStop } from "@/test/gate-factories";
import { amended, answered, approvalGate, fromNow, gate } from "./answers";
import { press, type ScreenState } from "./screen";

export const hold = makeHold({ id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073992", created_at: fromNow(-3) });
const stop = makeStop({ id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073993", created_at: fromNow(-1) });

export const withHolds = (page: Page, ...items: Hold[]) => answered(page, "get", "/api/v1/holds", { items });
const withStops = (page: Page, ...items: Stop[]) => answered(page, "get", "/api/v1/stops", { items });

export const holdScreens: readonly ScreenState[] = [
  {
    name: "environments-held",
    path: "/environments",
    answer: async (page) => {
      await withHolds(page, { ...hold, application: null });
      await withStops(page, { ...stop, environment: null }, stop);
    },
    arrange: async (page) => {
      await expect(page.getByRole("list", { name: "Holds of Production" })).toBeVisible();
      await expect(page.getByRole("region", { name: "Emergency stop in force" })).toBeVisible();
    },
  },
  {
    name: "application-held",
    path: "/applications/shop?environment=Production",
    answer: (page) => withHolds(page, hold, { ...hold, id: stop.id, application: null, until: fromNow(5) }),
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
    answer: (page) => withStops(page, stop),
    arrange: press("Lift the stop of environment Production"),
  },
  {
    name: "operation-paused",
    path: ({ failed }) => `/operations/${failed}`,
    answer: (page) =>
      amended(page, "get", "/api/v1/operations/{operation}", () => ({
        state: "running" as const,
        ended_at: null,
        pause: { at: fromNow(-1), gates: [gate] },
        last_event: 100_000,
      })),
    arrange: (page) => expect(page.getByRole("region", { name: "Paused" })).toBeVisible(),
  },
  {
    name: "roll-back-frozen",
    path: "/applications/shop?environment=Development&release=1",
    answer: (page) =>
      amended(page, "post", "/api/v1/applications/{application}/environments/{environment}/rollback/preview", () => ({
        gates: [gate],
      })),
    arrange: (page) => expect(page.getByRole("list", { name: "Gates in the way" })).toBeVisible(),
  },
  {
    name: "application-closed",
    path: "/applications/shop?environment=Staging",
    answer: (page) => {
      const closed = makeClosedGate(gate);
      const stopped = makeClosedGate({
        kind: "stop",
        id: stop.id,
        reason: stop.reason,
        until: null,
        opened_by: "An administrator can lift the stop.",
        kinds: [...closed.kinds, "rollback"],
      });
      return answered(page, "get", "/api/v1/applications/{application}/gates", {
        items: [
          { environment: "Staging", gates: [closed] },
          { environment: "Production", gates: [stopped, makeClosedGate(approvalGate)] },
        ],
      });
    },
    arrange: (page) => expect(page.getByRole("list", { name: "Gates of Production" })).toBeVisible(),
  },
];
