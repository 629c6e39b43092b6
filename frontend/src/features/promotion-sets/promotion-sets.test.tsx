import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { PromotionSet, PromotionSetCreate, ProposalCreate } from "@/api/contract";
import { makeRegisteredEnvironment } from "@/test/environment-factories";
import { makeGate } from "@/test/gate-factories";
import { at, problem } from "@/test/handlers";
import { makeOperation, makeOperationCluster } from "@/test/operation-factories";
import { makeImagePlan, makeProblem } from "@/test/plan-factories";
import { makePromotionSet, makeSetMember, makeSetPlan } from "@/test/promotion-set-factories";
import { makeSetProposal } from "@/test/proposal-factories";
import { render } from "@/test/render";
import { makeRights, makeScope } from "@/test/rights-factories";
import { server } from "@/test/server";
import { blockedBecause, hasChanged, howFar, notSucceeded, setTitle, startLabel } from "./model";
import { PromoteSetDialog } from "./promote-set-dialog";
import { SetActions } from "./set-actions";

const environments = http.get(at("/environments"), () =>
  HttpResponse.json({
    items: ["Staging", "Production"].map((name) => makeRegisteredEnvironment({ name, strategy: null })),
  }),
);
const noGroups = http.get(at("/application-groups"), () => HttpResponse.json({ items: [] }));

function open() {
  const [onStarted, onProposed] = [vi.fn(), vi.fn()];
  const dialog = (
    <PromoteSetDialog
      known={["api", "web", "db"]}
      applications={["api", "web"]}
      onClose={vi.fn()}
      onStarted={onStarted}
      onProposed={onProposed}
    />
  );
  return { ...render(dialog), onStarted, onProposed };
}

describe("promoting several applications together", () => {
  it("shows the plan by application, and starts exactly that one", async () => {
    const sent: PromotionSetCreate[] = [];
    server.use(
      environments,
      noGroups,
      http.post(at("/promotion-sets/preview"), () => HttpResponse.json(makeSetPlan())),
      http.post(at("/promotion-sets"), async ({ request }) => {
        sent.push((await request.json()) as PromotionSetCreate);
        return HttpResponse.json(makePromotionSet(), { status: 202 });
      }),
    );
    const { user, onStarted } = open();
    expect(within(await screen.findByRole("region", { name: "web" })).getAllByText("1.5.0")).not.toHaveLength(0);
    await user.click(await screen.findByRole("button", { name: "Promote 2 applications, 4 images" }));
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalledWith("set-1"));
    expect(sent[0]).toMatchObject({ applications: ["api", "web"], plan_digest: "sha256:set", order: "all-at-once" });
  });

  it("says which application is in the way", async () => {
    const plan = makeSetPlan();
    const blocked = {
      ...plan.members[1]!,
      blocked: true,
      plan: makeImagePlan({ blocked: true, problems: [makeProblem({ detail: "A quota is full." })] }),
    };
    server.use(
      environments,
      noGroups,
      http.post(at("/promotion-sets/preview"), () =>
        HttpResponse.json({ ...plan, blocked: true, members: [plan.members[0], blocked] }),
      ),
    );
    open();
    expect(await screen.findByText("A quota is full.")).toBeInTheDocument();
    expect(
      screen.getByRole("button", { name: /Solve the problems of web first, or leave them out/ }),
    ).toBeInTheDocument();
  });

  it("shows why nothing was started", async () => {
    server.use(
      environments,
      noGroups,
      http.post(at("/promotion-sets/preview"), () => HttpResponse.json(makeSetPlan())),
      http.post(at("/promotion-sets"), () => problem(409, "operation-underway")),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Promote 2 applications, 4 images" }));
    expect(await screen.findByText("Detail of operation-underway.")).toBeInTheDocument();
  });
});

describe("a set that takes approvals, or brings keys", () => {
  const withGate = () => {
    const plan = makeSetPlan();
    const closed = { ...plan.members[1]!, plan: makeImagePlan({ gates: [makeGate({ kind: "approval" })] }) };
    return { ...plan, members: [plan.members[0]!, closed] };
  };

  it("is proposed with the plan that it shows, where one of its applications takes approvals", async () => {
    const filed: ProposalCreate[] = [];
    server.use(
      environments,
      noGroups,
      http.post(at("/promotion-sets/preview"), () => HttpResponse.json(withGate())),
      http.post(at("/proposals"), async ({ request }) => {
        filed.push((await request.json()) as ProposalCreate);
        return HttpResponse.json(makeSetProposal(), { status: 201 });
      }),
    );
    const { user, onProposed } = open();
    await user.type(await screen.findByLabelText("Why"), "Release 7");
    await user.click(screen.getByRole("button", { name: "Propose" }));
    await vi.waitFor(() => expect(onProposed).toHaveBeenCalledWith("proposal-1"));
    expect(filed).toEqual([
      expect.objectContaining({
        environment: "Production",
        comment: "Release 7",
        promotion_set: expect.objectContaining({ applications: ["api", "web"], plan_digest: "sha256:set" }) as unknown,
      }),
    ]);
  });

  it("starts without approvals only for who may break the glass in every application", async () => {
    const breaking = (applications: string[]) => ({
      right: "break-glass",
      scopes: [makeScope({ applications, environments: ["Production"] })],
    });
    const rights = { items: [...makeRights("promoter"), breaking(["api"])] };
    server.use(
      environments,
      noGroups,
      http.get(at("/me/rights"), () => HttpResponse.json(rights)),
      http.post(at("/promotion-sets/preview"), () => HttpResponse.json(withGate())),
    );
    open();
    await vi.waitFor(() =>
      expect(screen.getByRole("button", { name: "Propose" })).not.toHaveAttribute("aria-disabled"),
    );
    expect(screen.queryByText("Start without approvals")).not.toBeInTheDocument();
  });

  it("leaves out what one application's finding is about, and takes the images of one source cluster", async () => {
    const asked: PromotionSetCreate[] = [];
    const omitted = { workload: { api_version: "apps/v1", kind: "Deployment", name: "web" }, container: null };
    const remedies = [
      { code: "leave-out", title: "Leave out Deployment web", request: { leave_out: [omitted] } },
      { code: "choose-source-cluster", title: "Take the images of st-1", request: { source_cluster: "st-1" } },
    ];
    const plan = makeSetPlan();
    const problems = remedies.map((remedy) => makeProblem({ detail: remedy.code, remedy }));
    server.use(
      environments,
      noGroups,
      http.post(at("/promotion-sets/preview"), async ({ request }) => {
        asked.push((await request.json()) as PromotionSetCreate);
        return HttpResponse.json({
          ...plan,
          members: [plan.members[0], { ...plan.members[1]!, plan: makeImagePlan({ problems }) }],
        });
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Leave out Deployment web" }));
    await user.click(await screen.findByRole("button", { name: "Take the images of st-1" }));
    await vi.waitFor(() =>
      expect(asked.at(-1)).toMatchObject({ leave_out: { web: [omitted] }, source_cluster: "st-1", bring: {} }),
    );
  });

  it("brings the keys of one application, chosen beside its finding", async () => {
    const asked: PromotionSetCreate[] = [];
    const keys = { kind: "ConfigMap", name: "web", keys: ["mode"] };
    const remedy = { code: "bring-keys", title: "Bring 1 key", request: { bring: [keys] } };
    const plan = makeSetPlan();
    const lacking = { ...plan.members[1]!, plan: makeImagePlan({ problems: [makeProblem({ remedy })] }) };
    server.use(
      environments,
      noGroups,
      http.post(at("/promotion-sets/preview"), async ({ request }) => {
        asked.push((await request.json()) as PromotionSetCreate);
        return HttpResponse.json({ ...plan, members: [plan.members[0], lacking] });
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Bring 1 key" }));
    await vi.waitFor(() => expect(asked.at(-1)?.bring).toEqual({ web: [keys] }));
    await user.click(await screen.findByRole("checkbox", { name: "Bring 1 key" }));
    await vi.waitFor(() => expect(asked.at(-1)?.bring).toEqual({}));
  });

  it("restarts what reads the keys of the application beside whose finding that is chosen", async () => {
    const asked: PromotionSetCreate[] = [];
    const remedy = { code: "restart", title: "Restart what reads these keys", request: { restart: true } };
    const plan = makeSetPlan();
    const stale = { ...plan.members[1]!, plan: makeImagePlan({ problems: [makeProblem({ remedy })] }) };
    server.use(
      environments,
      noGroups,
      http.post(at("/promotion-sets/preview"), async ({ request }) => {
        asked.push((await request.json()) as PromotionSetCreate);
        return HttpResponse.json({ ...plan, members: [plan.members[0], stale] });
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: remedy.title }));
    await vi.waitFor(() => expect(asked.at(-1)?.restart).toEqual(["web"]));
  });
});

const ended = (outcome: "succeeded" | "rolled-back", state: PromotionSet["state"]): PromotionSet =>
  makePromotionSet({
    state,
    ended_at: "2026-11-23T12:05:00Z",
    members: [
      makeSetMember("web", {
        operation: makeOperation({ clusters: [makeOperationCluster({ phase: "ended", outcome })] }),
      }),
    ],
  });

describe("what can be decided about a set", () => {
  it("takes all applications back at once while it runs", async () => {
    const asked = vi.fn(() => HttpResponse.json(makePromotionSet(), { status: 202 }));
    server.use(http.post(at("/promotion-sets/set-1/undo"), asked));
    const { user } = render(<SetActions set={makePromotionSet()} onRollBack={vi.fn()} />);
    await user.click(await screen.findByRole("button", { name: "Roll back now" }));
    await user.click(await screen.findByRole("button", { name: "Roll back" }));
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  });

  it("offers the way back of one that succeeded, and another try of one that did not", async () => {
    const { show } = render(<SetActions set={ended("succeeded", "succeeded")} onRollBack={vi.fn()} />);
    expect(await screen.findByRole("button", { name: "Roll back" })).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Retry" })).not.toBeInTheDocument();
    show(<SetActions set={ended("rolled-back", "failed")} onRollBack={vi.fn()} />);
    expect(await screen.findByRole("button", { name: "Retry" })).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Roll back" })).not.toBeInTheDocument();
  });
});

describe("the words for a set", () => {
  it("names its group, or counts its applications", () => {
    expect(setTitle(makePromotionSet())).toBe("Promotion of 2 applications into Production");
    expect(setTitle(makePromotionSet({ group: "orders", kind: "rollback" }))).toBe("Rollback of orders in Production");
  });

  it("tells what is left of it", () => {
    expect(notSucceeded(ended("rolled-back", "failed"))).toEqual(["web"]);
    expect(hasChanged(ended("rolled-back", "failed"))).toBe(false);
  });

  it("counts the applications that have ended", () => {
    const done = makeSetMember("api", { operation: makeOperation({ state: "succeeded" }) });
    expect(howFar(makePromotionSet({ members: [done, makeSetMember("web")] }))).toBe(
      "1 of 2 applications ended so far.",
    );
  });

  it("says why its plan cannot be started", () => {
    expect(blockedBecause(undefined)).toBe("Stagecoach is making the plan.");
    expect(blockedBecause(makeSetPlan({ nothing_to_do: true }))).toBe("Nothing would change.");
    expect(startLabel(makeSetPlan({ kind: "rollback" }))).toBe("Roll back 2 applications, 4 images");
  });
});
