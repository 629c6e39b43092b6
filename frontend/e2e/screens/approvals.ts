/** Approvals, and proposals that wait for them. */
import { expect, type Page } from "@playwright/test";
import { ada, answered, approvalGate, fromNow, web } from "./answers";
import { press, type ScreenState } from "./screen";

const change = {
  workload: { api_version: "apps/v1", kind: "Deployment", name: "web" },
  container: "web",
  init: false,
  before: web("1.4.0"),
  after: web("1.5.0"),
  action: "update",
  unchanged: false,
  differs: true,
  direction: "upgrade",
  written_by: null,
};

const proposal = {
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073994",
  kind: "promotion",
  application: "shop",
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
  created_at: fromNow(-3),
  expires_at: fromNow(21),
  ended_at: null,
  request: { kind: "promotion", source_environment: "Staging", target_environment: "Production" },
  plan: {
    kind: "promotion",
    clusters: [
      { cluster: "prod-eu", read: true, changes: [change], problems: [] },
      { cluster: "prod-us", read: false, changes: [], problems: [] },
    ],
    problems: [],
  },
};

const ended = { state: "rejected", reason: "Not before the sale.", may_vote: false, ended_at: fromNow(-1) };

/** Shows the list of proposals, and one of them after a click. */
async function withProposals(page: Page, over: object = {}) {
  const items = [
    { ...proposal, ...over },
    { ...proposal, ...ended, id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073992" },
  ];
  await page.route(/\/api\/v1\/proposals(\?.*)?$/, (route) => route.fulfill({ json: { items, next_cursor: null } }));
  await page.route(`**/api/v1/proposals/${proposal.id}`, (route) => route.fulfill({ json: items[0] }));
  await page.reload();
  await expect(page.getByRole("region", { name: "Proposals" })).toBeVisible();
}

async function withProposal(page: Page, over: object = {}) {
  await withProposals(page, over);
  await page.locator(`a[href="/proposals/${proposal.id}"]`).click();
  await expect(page.getByRole("list", { name: "Votes" })).toBeVisible();
}

export const approvalScreens: readonly ScreenState[] = [
  {
    name: "environments-approvals",
    path: "/environments",
    arrange: async (page) => {
      const policy = { needed: 2, groups: ["sso:operations"], kinds: ["promotion", "deploy"], expires_after_hours: 24 };
      await answered(page, "approval-policies", [{ ...policy, environment: "Production" }]);
      await page.reload();
      await expect(page.getByText("takes 2 approvals, one of sso:operations")).toBeVisible();
    },
  },
  {
    name: "import-propose",
    path: "/applications/shop/import/Production?from=Development",
    arrange: async (page) => {
      await page.route("**/import/preview", async (route) => {
        const answer = await route.fetch();
        await route.fulfill({
          json: { ...((await answer.json()) as Record<string, unknown>), gates: [approvalGate], blocked: false },
        });
      });
      await page.getByRole("button", { name: "Preview changes" }).click();
      await expect(page.getByLabel("Why")).toBeVisible();
    },
  },
  { name: "proposals-none", path: "/proposals" },
  { name: "proposals", path: "/proposals?all=true", arrange: withProposals },
  { name: "proposal", path: "/proposals", arrange: withProposal },
  { name: "proposal-ended", path: "/proposals", arrange: (page) => withProposal(page, ended) },
  {
    name: "proposal-withdraw",
    path: "/proposals",
    arrange: async (page) => {
      await withProposal(page);
      await press("Withdraw")(page);
    },
  },
  {
    name: "promote-propose",
    path: "/applications/shop?promote=Staging&to=Production",
    arrange: async (page) => {
      await page.route("**/promotions/preview", async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ json: { ...((await answer.json()) as Record<string, unknown>), gates: [approvalGate] } });
      });
      await page.reload();
      await expect(page.getByLabel("Why")).toBeVisible();
    },
  },
];
