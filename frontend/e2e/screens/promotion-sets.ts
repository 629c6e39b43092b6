/** Applications that are promoted together: the dialog that starts it, the set's page, and its way back. */
import { expect, type Page } from "@playwright/test";
import type { Gate, OperationDetail } from "@/api/contract";
import { makeOperation, makeOperationCluster } from "@/test/operation-factories";
import { makeImagePlan, makeProblem } from "@/test/plan-factories";
import { makePromotionSet, makeSetMember, makeSetPlan } from "@/test/promotion-set-factories";
import { answered, approvalGate, change, fromNow } from "./answers";
import { soaking } from "./operations";
import { press, type ScreenState } from "./screen";

const SET = "0192f0c1-7a5e-7cc3-98c4-dc0c0c0739c1";
const APPLICATIONS = ["blog", "shop"];

/** What shop lacks in Production, and the remedy that brings it. */
const gap = makeProblem({
  code: "configuration-gap",
  severity: "warns",
  detail: "ConfigMap shop-settings in Production lacks PAYMENT_URL, which it has in Staging.",
  remedy: {
    code: "bring-keys",
    title: "Bring 1 key",
    request: { bring: [{ kind: "ConfigMap", name: "shop-settings", keys: ["PAYMENT_URL"] }] },
  },
});

/** Answers previews with the plan of the two applications. */
const planned =
  (kind: "promotion" | "rollback", gates: Gate[] = []) =>
  (page: Page) => {
    const { clusters } = makeImagePlan();
    const plan = makeSetPlan({
      kind,
      order: "one-by-one",
      members: APPLICATIONS.map((application, stage) => ({
        application,
        stage,
        blocked: false,
        plan: makeImagePlan({
          clusters: clusters.map((each) => ({ ...each, changes: [change] })),
          problems: application === "shop" ? [gap] : [],
          gates,
        }),
      })),
    });
    return kind === "promotion"
      ? answered(page, "post", "/api/v1/promotion-sets/preview", plan)
      : answered(page, "post", "/api/v1/promotion-sets/{promotion_set}/rollback/preview", plan);
  };

/** Ticks both in the matrix, and opens the dialog. */
async function ticked(page: Page) {
  for (const name of APPLICATIONS) await page.getByRole("checkbox", { name: `Promote ${name} with others` }).check();
  await press("Promote 2 applications")(page);
  await expect(page.getByRole("dialog").getByRole("region", { name: "shop" })).toBeVisible();
}

const paused: OperationDetail["pause"] = {
  at: fromNow(-0.1),
  gates: [
    {
      ...approvalGate,
      kind: "ring",
      id: "1",
      reason: "Ring 1 of 2 is done (prod-eu), and the strategy waits for a person.",
      opened_by: "Whoever may promote here continues the operation, undoes or cancels it.",
    },
  ],
};

/** An image of shop on its way to the registry of Production. */
const copying = {
  source: "registry.dev.example/shop/web:1.5.0",
  target: "registry.prod.example/shop/web:1.5.0",
  digest: "sha256:" + "5".repeat(64),
  ended: false,
  bytes: 52_428_800,
  bytes_done: 20_971_520,
};

/** Answers reads of the set: `over` changes its two operations. */
const shown =
  (state: "running" | "failed", over: Partial<OperationDetail> = {}) =>
  (page: Page) =>
    answered(
      page,
      "get",
      "/api/v1/promotion-sets/{promotion_set}",
      makePromotionSet({
        id: SET,
        state,
        order: "one-by-one",
        members: APPLICATIONS.map((application, stage) =>
          makeSetMember(application, {
            stage,
            copies: application === "shop" ? [copying] : [],
            operation: makeOperation({
              ...soaking(),
              id: `0192f0c1-7a5e-7cc3-98c4-dc0c0c0739c${stage + 2}`,
              application,
              promotion_set: SET,
              state,
              ...over,
            }),
          }),
        ),
        created_at: fromNow(-1),
        started_at: fromNow(-1),
        ended_at: state === "running" ? null : fromNow(-0.1),
      }),
    );

const ended: Partial<OperationDetail> = {
  rings: null,
  clusters: [
    makeOperationCluster({ phase: "ended", outcome: "succeeded" }),
    makeOperationCluster({
      cluster: "prod-us",
      wave: 1,
      phase: "ended",
      outcome: "failed",
      detail: "Deployment web: its container web crashes again and again (exit code 1).",
    }),
  ],
};

export const promotionSetScreens: readonly ScreenState[] = [
  {
    name: "promote-set",
    path: "/applications",
    answer: planned("promotion"),
    arrange: async (page) => {
      await ticked(page);
      await page.getByRole("button", { name: "Bring 1 key" }).click();
      await expect(
        page.getByRole("textbox", { name: "Value of PAYMENT_URL in ConfigMap shop-settings" }),
      ).toBeVisible();
    },
  },
  {
    name: "promote-set-propose",
    path: "/applications",
    answer: planned("promotion", [approvalGate]),
    arrange: async (page) => {
      await ticked(page);
      await expect(page.getByRole("button", { name: "Propose" })).toBeVisible();
    },
  },
  {
    name: "promotion-set",
    path: `/promotion-sets/${SET}`,
    answer: shown("running", { pause: paused }),
    arrange: (page) => expect(page.getByRole("region", { name: "Paused" })).toBeVisible(),
  },
  { name: "promotion-set-failed", path: `/promotion-sets/${SET}`, answer: shown("failed", ended) },
  {
    name: "promotion-set-back",
    path: `/promotion-sets/${SET}?back=true`,
    answer: async (page) => {
      await shown("failed", ended)(page);
      await planned("rollback")(page);
    },
    arrange: (page) => expect(page.getByRole("dialog").getByRole("region", { name: "shop" })).toBeVisible(),
  },
];
