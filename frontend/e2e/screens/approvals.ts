/** Approvals, and proposals that wait for them. */
import { expect, type Page } from "@playwright/test";
import { ada, amended, answered, approvalGate, change, fromNow } from "./answers";
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

const strategy = {
  on_failure: "roll-back",
  waves: null,
  rings: [
    { ...ring, size: 1, pauses: true },
    { ...ring, remaining: true },
  ],
  failure: "stop",
  quorum: null,
  hooks: [],
};

const proposal = {
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073994",
  kind: "promotion",
  application: "shop",
  applications: ["shop"],
  group: null,
  order: null,
  environment: "Production",
  source_environment: "Staging",
  state: "waiting",
  reason: null,
  comment: "Release 7, with the new checkout.",
  requested_by: ada,
  plan_digest: "sha256:0",
  needed: 2,
  groups: ["sso:operations"],
  lacking: { votes: 1, groups: ["sso:operations"] },
  votes: [
    { person: ada.id, name: "Grace", choice: "approve", comment: "Looks good.", at: fromNow(-1), counts: true },
    {
      person: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073993",
      name: "Linus",
      choice: "approve",
      comment: null,
      at: fromNow(-2),
      counts: false,
    },
  ],
  may_vote: true,
  vote_refused: null,
  operation: null,
  promotion_set: null,
  created_at: fromNow(-3),
  expires_at: fromNow(21),
  ended_at: null,
  request: { kind: "promotion", source_environment: "Staging", target_environment: "Production", strategy },
  plan: {
    kind: "promotion",
    clusters: [
      { cluster: "prod-eu", read: true, changes: [change], problems: [] },
      { cluster: "prod-us", read: false, changes: [], problems: [] },
    ],
    problems: [],
  },
  members: [],
};

const login = { kind: "Secret", name: "login", keys: ["token"], typed: ["token"] };

/** The same for two applications together, of which one brings a key. */
const ofSet = {
  application: null,
  applications: ["shop", "checkout"],
  group: "orders",
  order: "one-by-one",
  request: null,
  plan: null,
  members: ["shop", "checkout"].map((application) => ({
    application,
    request: { ...proposal.request, bring: application === "shop" ? [] : [login] },
    plan: proposal.plan,
  })),
};

const ended = { state: "rejected", reason: "Not before the sale.", may_vote: false, ended_at: fromNow(-1) };

/** Answers with a list of two proposals. */
const withProposals =
  (over: object = {}) =>
  async (page: Page) => {
    const items = [
      { ...proposal, ...over },
      { ...proposal, ...ended, id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073992" },
    ];
    await page.route(/\/api\/v1\/proposals(\?.*)?$/, (route) => route.fulfill({ json: { items, next_cursor: null } }));
    await page.route(`**/api/v1/proposals/${proposal.id}`, (route) => route.fulfill({ json: items[0] }));
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
      const policy = { needed: 2, groups: ["sso:operations"], kinds: ["promotion", "deploy"], expires_after_hours: 24 };
      return answered(page, "approval-policies", [{ ...policy, environment: "Production" }]);
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
    answer: (page) => amended(page, "**/import/preview", { gates: [approvalGate], blocked: false }),
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
    answer: (page) => amended(page, "**/promotions/preview", { gates: [approvalGate] }),
    arrange: (page) => expect(page.getByRole("textbox", { name: "Why", exact: true })).toBeVisible(),
  },
];
