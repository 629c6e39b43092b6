/**
 * What is answered in the service's place: in force here, it would be in the way of the other tests. All of it has the types of the
 * contract, so that a console that reads what no service answers any more fails its checks.
 */
import type { Page, Route } from "@playwright/test";
import type { Answer, ApiPath } from "@/api/contract";
import { makeGate } from "@/test/gate-factories";
import { makeChange } from "@/test/plan-factories";

const hour = 3_600_000;
export const fromNow = (hours: number): string => new Date(Date.now() + hours * hour).toISOString();

type Method = "get" | "post";
/** Values of a path's parameters; one that is left out is whatever the console asks for. */
type Parameters = Partial<Record<string, string>>;

/** Answers requests of that method to that path, from the next one on. */
export const answered = <M extends Method, Path extends ApiPath>(
  page: Page,
  method: M,
  path: Path,
  json: Answer<M, Path>,
  parameters: Parameters = {},
) => intercepted(page, method, path, parameters, (route) => route.fulfill({ json }));

/** Changes members of what the service answers to such requests. */
export const amended = <M extends Method, Path extends ApiPath>(
  page: Page,
  method: M,
  path: Path,
  over: (answer: Answer<M, Path>) => Partial<Answer<M, Path>>,
  parameters: Parameters = {},
) =>
  intercepted(page, method, path, parameters, async (route) => {
    const answer = (await (await route.fetch()).json()) as Answer<M, Path>;
    await route.fulfill({ json: Object.assign({}, answer, over(answer)) });
  });

function intercepted(
  page: Page,
  method: Method,
  path: ApiPath,
  parameters: Parameters,
  reply: (route: Route) => Promise<void>,
): Promise<unknown> {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? "[^/?]+");
  return page.route(new RegExp(`^https?://[^/]+${filled}(\\?.*)?$`), (route) =>
    route.request().method() === method.toUpperCase() ? reply(route) : route.fallback(),
  );
}

/** A newer image for the container web, in the plan of a cluster. */
export const change = makeChange("web", "1.4.0", "1.5.0");

/** The gate of a freeze. */
export const gate = makeGate({
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c073990",
  until: fromNow(40),
  opened_by: "An administrator can change the freeze 'weekends'.",
});

export const approvalGate = makeGate({
  kind: "approval",
  id: null,
  until: null,
  reason: "Changes of 'Production' take approvals: 2 people who may approve here.",
  opened_by: "File a proposal (POST /api/v1/proposals): the last vote on it starts the change.",
});
