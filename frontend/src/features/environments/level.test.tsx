import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { LevelCreate, LevelMember, LevelPlan } from "@/api/contract";
import { makeRegisteredEnvironment } from "@/test/environment-factories";
import { at } from "@/test/handlers";
import { makeOperation } from "@/test/operation-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { EnvironmentDialog } from "./environment-dialog";
import { levelBlocked, levelLabel } from "./level";
import { LevelDialog } from "./level-dialog";

const clusterNamed = (name: string) => ({ name, labels: {}, reachability: "reachable" as const, server_version: null });
const production = makeRegisteredEnvironment({ clusters: ["prod-eu", "prod-ap"].map(clusterNamed) });
const path = "/environments/Production/clusters/prod-ap/level";

function makeMember(application: string, over: Partial<LevelMember> = {}): LevelMember {
  const plan: LevelMember["plan"] = {
    digest: `sha256:${application}`,
    source: { environment: "Production", cluster: "prod-eu", namespace: application },
    namespace: application,
    clusters: [],
    problems: [],
    blocked: false,
    nothing_to_do: false,
    gates: [],
  };
  return { application, state: "lacking", plan, left_out: [], failure: null, ...over };
}

const makePlan = (over: Partial<LevelPlan> = {}): LevelPlan => ({
  digest: "sha256:level",
  environment: "Production",
  cluster: "prod-ap",
  members: [makeMember("api"), makeMember("web"), makeMember("blog", { state: "level" })],
  not_permitted: [],
  blocked: false,
  nothing_to_do: false,
  ...over,
});

function serves(plan: LevelPlan) {
  const asked: LevelCreate[] = [];
  const started: LevelCreate[] = [];
  server.use(
    http.post(at(`${path}/preview`), async ({ request }) => {
      asked.push((await request.json()) as LevelCreate);
      return HttpResponse.json(plan);
    }),
    http.post(at(path), async ({ request }) => {
      started.push((await request.json()) as LevelCreate);
      const operations = [makeOperation({ id: "op-1", kind: "import", application: "api" })];
      const refused = { application: "web", code: "gate-closed", detail: "The freeze 'weekends' is in the way." };
      return HttpResponse.json({ operations, not_started: [refused] }, { status: 202 });
    }),
  );
  return { asked, started };
}

const open = () => render(<LevelDialog environment={production} cluster="prod-ap" onClose={vi.fn()} />);

describe("bringing a cluster level", () => {
  it("starts the plan that it shows, and says what was started and what was not", async () => {
    const { started } = serves(makePlan());
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Bring 2 applications level" }));
    const list = await screen.findByRole("list", { name: "Operations that were started" });
    expect(within(list).getByRole("link", { name: "Import of api" })).toHaveAttribute("href", "/operations/op-1");
    expect(screen.getByText("The freeze 'weekends' is in the way.")).toBeInTheDocument();
    expect(started).toEqual([{ on_conflict: "fail", allow: [], plan_digest: "sha256:level" }]);
  });

  it("offers to copy what is left out without a consent", async () => {
    const pull = { api_version: "v1", kind: "Secret", name: "pull" };
    const left = { resource: pull, reason: "It holds a credential of a registry.", consent: "registry-credentials" };
    const { asked } = serves(makePlan({ members: [makeMember("api", { left_out: [left] })] }));
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Copy it all the same" }));
    await vi.waitFor(() => expect(asked.at(-1)?.allow).toEqual(["registry-credentials"]));
  });

  it("names what one may not import into", async () => {
    serves(makePlan({ not_permitted: ["billing"] }));
    open();
    expect(await screen.findByText("You may not import into billing: left out.")).toBeInTheDocument();
  });

  it("is offered as an environment gains a cluster", async () => {
    const onGained = vi.fn();
    const former = { ...production, clusters: [clusterNamed("prod-eu")] };
    server.use(http.patch(at("/environments/Production"), () => HttpResponse.json(production)));
    const { user } = render(
      <EnvironmentDialog
        environment={former}
        clusters={["prod-eu", "prod-ap"]}
        onClose={vi.fn()}
        onGained={onGained}
      />,
    );
    await user.click(screen.getByRole("button", { name: "Save" }));
    await vi.waitFor(() => expect(onGained).toHaveBeenCalledWith(production, "prod-ap"));
  });

  it("says which applications are in the way", () => {
    const plan = makePlan({
      blocked: true,
      members: [makeMember("api", { state: "blocked" }), makeMember("web", { state: "unknown", plan: null })],
    });
    expect(levelBlocked(plan)).toBe("Solve the problems of api and web first, or leave them out.");
  });

  it("has nothing to do where the cluster is level", () => {
    const plan = makePlan({ nothing_to_do: true, members: [makeMember("api", { state: "level" })] });
    expect([levelBlocked(plan), levelLabel(plan)]).toEqual(["prod-ap is level already.", "Bring it level"]);
  });
});
