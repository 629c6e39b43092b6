/** Operations and their history. */
import { expect } from "@playwright/test";
import type { OperationDetail } from "@/api/contract";
import { makeOperationCluster } from "@/test/operation-factories";
import { amended, fromNow } from "./answers";
import { hold, withHolds } from "./holds";
import { press, type ScreenState } from "./screen";

/** An operation whose first ring soaks, while the second one waits. */
export const soaking = (): Partial<OperationDetail> => {
  const ring = {
    left_over: false,
    soak_seconds: 600,
    soak_began_at: null,
    soak_ends_at: null,
    soaked_at: null,
    checks: ["smoke"],
    proven_at: null,
    pauses: true,
    continued_by: null,
  };
  return {
    state: "running",
    ended_at: null,
    message: null,
    last_event: 100_000,
    clusters: [
      makeOperationCluster({
        cluster: "prod-eu",
        wave: 0,
        phase: "ended",
        outcome: "succeeded",
        started_at: fromNow(-1),
      }),
      makeOperationCluster({ cluster: "prod-us", wave: 1 }),
    ],
    rings: {
      rings: [{ ...ring, soak_began_at: fromNow(-0.01), soak_ends_at: fromNow(0.1) }, ring],
      failure: "stop",
      quorum: null,
      hooks: [],
    },
  };
};

export const operationScreens: readonly ScreenState[] = [
  {
    name: "put-back",
    path: ({ failed }) => `/operations/${failed}?back=true`,
    arrange: async (page) => {
      await expect(page.getByRole("dialog").getByRole("list", { name: "Images by container" })).toBeVisible();
    },
  },
  {
    name: "operation-rings",
    path: ({ failed }) => `/operations/${failed}`,
    answer: (page) => amended(page, "get", "/api/v1/operations/{operation}", soaking),
    arrange: (page) => expect(page.getByRole("list", { name: "Rings" })).toBeVisible(),
  },
  { name: "operation-failed", path: ({ failed }) => `/operations/${failed}` },
  {
    name: "operation-retry",
    path: ({ failed }) => `/operations/${failed}`,
    arrange: press("Retry"),
  },
  {
    name: "history",
    path: "/operations",
    answer: (page) => withHolds(page, hold),
    arrange: async (page) => {
      await expect(page.getByText("On hold").first()).toBeVisible();
      await expect(
        page
          .getByRole("button", { name: /^Put web/ })
          .filter({ visible: true })
          .first(),
      ).toBeVisible();
    },
  },
  { name: "history-empty", path: "/operations?state=cancelled" },
];
