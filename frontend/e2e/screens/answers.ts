/** What is answered in the service's place: in force here, it would be in the way of the other tests. */
import type { Page } from "@playwright/test";

export const ada = { kind: "person", id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073901", name: "Ada" };
const hour = 3_600_000;
export const fromNow = (hours: number): string => new Date(Date.now() + hours * hour).toISOString();

/** Answers reads of `path` with the items, from the next one on. */
export async function answered(page: Page, path: string, items: unknown[]) {
  await page.route(`**/api/v1/${path}`, (route) =>
    route.request().method() === "GET" ? route.fulfill({ json: { items } }) : route.fallback(),
  );
}

/** Changes what the service answers to requests of `path`. */
export const amended = (page: Page, path: string | RegExp, over: object) =>
  page.route(path, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...((await answer.json()) as Record<string, unknown>), ...over } });
  });

/** An image of the container web. */
export const web = (tag: string) => ({
  reference: `registry.example/shop/web:${tag}`,
  repository: "registry.example/shop/web",
  tag,
  digest: null,
});

/** A newer image for that container, in the plan of a cluster. */
export const change = {
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
  handed_over: null,
};

/** The gate of a freeze. */
export const gate = {
  kind: "freeze",
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073990",
  reason: "Nobody is in the office.",
  until: fromNow(40),
  opened_by: "An administrator can change the freeze 'weekends'.",
};

export const approvalGate = {
  ...gate,
  kind: "approval",
  id: null,
  until: null,
  reason: "Changes of 'Production' take approvals: 2 people who may approve here.",
  opened_by: "File a proposal (POST /api/v1/proposals): the last vote on it starts the change.",
};
