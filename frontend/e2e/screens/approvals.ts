/** Approvals, and proposals that wait for them. */
import { expect, type Page } from "@playwright/test";
import type { ApprovalPolicy, Environment, ImagePlan, ProposalDetail } from "@/api/contract";
import { allAtOnce } from "@/test/environment-factories";
import { makeOperation } from "@/test/operation-factories";
import { makeProposal, makeVote } from "@/test/proposal-factories";
import { amended, answered, approvalGate, change, fromNow } from "./answers";
import { press, type ScreenState } from "./screen";

const ring = {
  clusters: null,
  labels: null,
  size: null,
  remaining: false,
  soak_seconds: 600,
  checks: [],
  pauses: false,
};

const strategy: NonNullable<Environment["strategy"]> = {
  ...allAtOnce,
  on_failure: "roll-back",
  rings: [
    { ...ring, size: 1, pauses: true },
    { ...ring, remaining: true },
  ],
  failure: "stop",
};

const request: Extract<ProposalDetail["request"], { kind: "promotion" }> = {
  kind: "promotion",
  source_environment: "Staging",
  target_environment: "Production",
  source_cluster: null,
  containers: null,
  plan_digest: null,
  leave_out: [],
  bring: [],
  restart: false,
  strategy,
};

const without = { problems: [], desired: [], images: [], configuration: [], restarts: [] };
const plan: ImagePlan = {
  ...(makeOperation().plan as ImagePlan),
  clusters: [
    { ...without, cluster: "prod-eu", read: true, changes: [change] },
    { ...without, cluster: "prod-us", read: false, changes: [] },
  ],
};

const proposal = makeProposal({
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073994",
  comment: "Release 7, with the new checkout.",
  groups: ["sso:operations"],
  lacking: { votes: 1, groups: ["sso:operations"] },
  votes: [
    makeVote({ person: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073901", comment: "Looks good.", at: fromNow(-1) }),
    makeVote({ person: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073993", name: "Linus", at: fromNow(-2), counts: false }),
  ],
  created_at: fromNow(-3),
  expires_at: fromNow(21),
  request,
  plan,
});

/** The same for two applications together, of which one brings a key. */
const ofSet: Partial<ProposalDetail> = {
  application: null,
  applications: ["shop", "checkout"],
  group: "orders",
  order: "one-by-one",
  request: null,
  plan: null,
  members: ["shop", "checkout"].map((application) => ({
    application,
    request: {
      ...request,
      bring: application === "shop" ? [] : [{ kind: "Secret", name: "login", keys: ["token"], typed: ["token"] }],
    },
    plan,
  })),
};

const ended: Partial<ProposalDetail> = {
  state: "rejected",
  reason: "Not before the sale.",
  may_vote: false,
  ended_at: fromNow(-1),
};

/** Answers with a list of two proposals. */
const withProposals =
  (over: Partial<ProposalDetail> = {}) =>
  async (page: Page) => {
    const first = { ...proposal, ...over };
    const items = [first, { ...proposal, ...ended, id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073992" }];
    await answered(page, "get", "/api/v1/proposals", { items, next_cursor: null });
    await answered(page, "get", "/api/v1/proposals/{proposal}", first, { proposal: proposal.id });
  };

const listed = (page: Page) => expect(page.getByRole("region", { name: "Proposals" })).toBeVisible();

/** Opens the first of them from the list. */
async function opened(page: Page) {
  await listed(page);
  await page.locator(`a[href="/proposals/${proposal.id}"]`).click();
  await expect(page.getByRole("list", { name: "Votes" })).toBeVisible();
}

export const approvalScreens: readonly ScreenState[] = [
  {
    name: "environments-approvals",
    path: "/environments",
    answer: (page) => {
      const policy: ApprovalPolicy = {
        needed: 2,
        groups: ["sso:operations"],
        kinds: ["promotion", "deploy"],
        expires_after_hours: 24,
      };
      return answered(page, "get", "/api/v1/approval-policies", { items: [{ ...policy, environment: "Production" }] });
    },
    arrange: async (page) => {
      await expect(page.getByText("takes 2 approvals, one of sso:operations")).toBeVisible();
      // Its colours are judged once the rights are known that it needs.
      await expect(page.getByRole("button", { name: "New environment" })).toBeEnabled();
    },
  },
  {
    name: "import-propose",
    path: "/applications/shop/import/Production?from=Development",
    answer: (page) =>
      amended(page, "post", "/api/v1/applications/{application}/environments/{environment}/import/preview", () => ({
        gates: [approvalGate],
        blocked: false,
      })),
    arrange: async (page) => {
      await page.getByRole("button", { name: "Preview changes" }).click();
      await expect(page.getByRole("textbox", { name: "Why", exact: true })).toBeVisible();
    },
  },
  { name: "proposals-none", path: "/proposals" },
  { name: "proposals", path: "/proposals?all=true", answer: withProposals(), arrange: listed },
  { name: "proposal", path: "/proposals", answer: withProposals(), arrange: opened },
  { name: "proposal-of-set", path: "/proposals", answer: withProposals(ofSet), arrange: opened },
  { name: "proposal-ended", path: "/proposals", answer: withProposals(ended), arrange: opened },
  {
    name: "proposal-withdraw",
    path: "/proposals",
    answer: withProposals(),
    arrange: async (page) => {
      await opened(page);
      await press("Withdraw")(page);
    },
  },
  {
    name: "promote-propose",
    path: "/applications/shop?promote=Staging&to=Production",
    answer: (page) =>
      amended(page, "post", "/api/v1/applications/{application}/promotions/preview", () => ({ gates: [approvalGate] })),
    arrange: (page) => expect(page.getByRole("textbox", { name: "Why", exact: true })).toBeVisible(),
  },
];
