/** Pages and dialogs of gates. What is in force here would be in the way of the other tests: it is answered in the service's place. */
import { expect, type Page } from "@playwright/test";
import type { ScreenState } from "./pages";

const ada = { kind: "person", id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073901", name: "Ada" };
const hour = 3_600_000;
const fromNow = (hours: number): string => new Date(Date.now() + hours * hour).toISOString();

const places = { applications: null, labels: {}, environments: ["Production"] };
const weekends = { id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073990", name: "weekends", effect: "deny" };
const hours = { id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073991", name: "working hours", effect: "allow" };

const freezes = [weekends, hours].map((each) => ({
  ...each,
  ...places,
  starts: "2026-11-27T15:00",
  ends: "2026-11-30T07:00",
  zone: "Asia/Kolkata",
  rrule: "FREQ=WEEKLY;BYDAY=FR",
  reason: "Nobody is in the office.",
  created_by: ada,
  created_at: fromNow(-200),
  updated_at: fromNow(-200),
}));

const occurrences = [weekends, hours].flatMap(({ id, ...each }, index) =>
  [-30, 24, 200].map((begins) => ({
    freeze: id,
    ...each,
    ...places,
    starts: fromNow(begins + index * 5),
    ends: fromNow(begins + index * 5 + 40),
    reason: "Nobody is in the office.",
  })),
);

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

const gate = {
  kind: "freeze",
  id: weekends.id,
  reason: "Nobody is in the office.",
  until: fromNow(40),
  opened_by: "An administrator can change the freeze 'weekends'.",
};

const approvalGate = {
  ...gate,
  kind: "approval",
  id: null,
  until: null,
  reason: "Changes of 'Production' take approvals: 2 people who may approve here.",
  opened_by: "File a proposal (POST /api/v1/proposals): the last vote on it starts the change.",
};

const image = (tag: string) => ({
  reference: `registry.example/shop/web:${tag}`,
  repository: "registry.example/shop/web",
  tag,
  digest: null,
});

const change = {
  workload: { api_version: "apps/v1", kind: "Deployment", name: "web" },
  container: "web",
  init: false,
  before: image("1.4.0"),
  after: image("1.5.0"),
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
    { person: stop.id, name: "Linus", choice: "approve", comment: null, at: fromNow(-2), counts: false },
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
    { ...proposal, ...ended, id: hold.id },
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

/** Answers reads of `path` with the items, and loads the page again. */
async function answered(page: Page, path: string, items: unknown[]) {
  await page.route(`**/api/v1/${path}`, (route) =>
    route.request().method() === "GET" ? route.fulfill({ json: { items } }) : route.fallback(),
  );
}

const web = (tag: string) => ({
  reference: `registry.example/shop/web:${tag}`,
  repository: "registry.example/shop/web",
  tag,
  digest: null,
});

const drifted = {
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c0739a7",
  kind: "image-drift",
  workload: { api_version: "apps/v1", kind: "Deployment", name: "web" },
  container: "web",
  init: false,
  found: ["prod-eu", "prod-us"].map((cluster) => ({
    cluster,
    image: web("1.4.3"),
    expected: web("1.4.2"),
    manager: "kubectl-edit",
    written_at: fromNow(-2),
  })),
  release: 7,
  since: fromNow(-2),
  application: "shop",
  environment: "Production",
  last_release: 7,
};

async function withDrift(page: Page) {
  await page.route("**/api/v1/drift*", (route) => route.fulfill({ json: { items: [drifted], next_cursor: null } }));
  await page.reload();
  await expect(page.getByRole("table", { name: "Drift" })).toBeVisible();
}

async function withFreezes(page: Page) {
  await answered(page, "freezes", freezes);
  await answered(page, "freezes/calendar*", occurrences);
  await page.reload();
  await expect(page.getByRole("list", { name: "Next windows" })).toBeVisible();
}

const press = async (page: Page, name: string) => {
  await page.getByRole("button", { name }).first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
};

export const gateScreens: readonly ScreenState[] = [
  { name: "drift-none", path: "/drift" },
  { name: "drift", path: "/drift", arrange: withDrift },
  { name: "freezes-none", path: "/freezes" },
  { name: "freezes", path: "/freezes", arrange: withFreezes },
  {
    name: "freeze-edit",
    path: "/freezes",
    arrange: async (page) => {
      await withFreezes(page);
      await press(page, "Edit weekends");
    },
  },
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
    arrange: (page) => press(page, "Hold Production"),
  },
  {
    name: "stop-environment",
    path: "/environments",
    arrange: (page) => press(page, "Stop environment"),
  },
  {
    name: "stop-cluster",
    path: "/clusters",
    arrange: (page) => press(page, "Stop cluster"),
  },
  {
    name: "stop-lift",
    path: "/applications",
    arrange: async (page) => {
      await answered(page, "stops", [stop]);
      await page.reload();
      await press(page, "Lift the stop of environment Production");
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
      await press(page, "Withdraw");
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
  {
    name: "freeze-delete",
    path: "/freezes",
    arrange: async (page) => {
      await withFreezes(page);
      await press(page, "Delete weekends");
    },
  },
];
