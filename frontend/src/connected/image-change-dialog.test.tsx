import { fireEvent, screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { DeployRequest, PromotionPlan, RollbackRequest } from "@/api/contract";
import { makeRelease } from "@/test/factories";
import { makeEndedPromotion, makeOperation } from "@/test/operation-factories";
import { makeChange, makeImagePlan, makeProblem } from "@/test/plan-factories";
import { makeGate } from "@/test/gate-factories";
import { at, holding, problem } from "@/test/handlers";
import { makeProposal } from "@/test/proposal-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { DeployDialog } from "./deploy-dialog";
import { PutBackButton } from "./put-back-button";
import { PutBackDialog } from "./put-back-dialog";

const here = "/applications/shop/environments/Staging";
const image = "registry.example/shop/web:1.5.0@sha256:abc";

interface Sent<Request> {
  body: Request;
  key: string | null;
}

/** Answers previews with the plan, and records what is started. */
function serves<Request>(kind: "deploy" | "rollback", planFor: (request: Request) => PromotionPlan) {
  const started: Sent<Request>[] = [];
  server.use(
    http.post(at(`${here}/${kind}/preview`), async ({ request }) =>
      HttpResponse.json(planFor((await request.json()) as Request)),
    ),
    http.post(at(`${here}/${kind}`), async ({ request }) => {
      started.push({ body: (await request.json()) as Request, key: request.headers.get("Idempotency-Key") });
      return HttpResponse.json(makeOperation({ id: "op-9" }), { status: 202 });
    }),
  );
  return started;
}

describe("deploying a pushed image", () => {
  const open = () => {
    const onStarted = vi.fn();
    const props = {
      application: "shop",
      environment: "Staging",
      image,
      onClose: vi.fn(),
      onStarted,
      onProposed: vi.fn(),
    };
    return { ...render(<DeployDialog {...props} />), onStarted };
  };

  it("shows what would change before anything starts", async () => {
    const started = serves<DeployRequest>("deploy", () => makeImagePlan({ source_environment: null }));
    open();
    expect(await screen.findByRole("dialog", { name: "Deploy web:1.5.0 in Staging" })).toBeInTheDocument();
    expect(await screen.findByRole("button", { name: "Deploy to 2 containers on 2 clusters" })).toBeInTheDocument();
    expect(started).toEqual([]);
  });

  it("starts the plan that it shows, and a second click starts no second one", async () => {
    const started = serves<DeployRequest>("deploy", () => makeImagePlan());
    const { user, onStarted } = open();
    const button = await screen.findByRole("button", { name: "Deploy to 2 containers on 2 clusters" });
    await user.click(button);
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalledWith("op-9"));
    await user.click(button);
    await vi.waitFor(() => expect(started).toHaveLength(2));
    expect(started[0]!.body).toEqual({
      image,
      strategy: { on_failure: "roll-back", fallback: true },
      plan_digest: "sha256:1",
      allow: [],
    });
    expect(started[1]!.key).toBe(started[0]!.key);
  });

  const remedy = {
    code: "type-keys",
    title: "Type in key token of Secret login",
    request: { bring: [{ kind: "Secret", name: "login", keys: ["token"] }] },
  };
  const lacking = makeProblem({ detail: "web reads key token of Secret login.", remedy });

  it("plans again with a key whose value is typed in, and not before", async () => {
    const asked: DeployRequest[] = [];
    serves<DeployRequest>("deploy", (request) => {
      asked.push(request);
      return request.bring?.length ? makeImagePlan() : makeImagePlan({ problems: [lacking], blocked: true });
    });
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: remedy.title }));
    expect(screen.getByRole("button", { name: /^Deploy.*Type in the values of the keys first/ })).toBeInTheDocument();
    await user.type(screen.getByLabelText(/^Value of token in Secret login/), "s3cret");
    await user.tab();
    await vi.waitFor(() =>
      expect(asked.at(-1)?.bring).toEqual([{ ...remedy.request.bring[0], values: { token: "s3cret" } }]),
    );
    expect(asked.filter(({ bring }) => bring?.some(({ values }) => !values))).toEqual([]);
  });

  it("shows who may not bring keys the remedy, disabled with the reason", async () => {
    server.use(holding("promoter"));
    serves<DeployRequest>("deploy", () => makeImagePlan({ problems: [lacking], blocked: true }));
    open();
    const button = await screen.findByRole("button", { name: new RegExp(`^${remedy.title}`) });
    await vi.waitFor(() => expect(button).toHaveAccessibleName(/Requires the right maintain on shop in Staging/));
  });

  it("shows why a deployment was refused", async () => {
    serves<DeployRequest>("deploy", () => makeImagePlan());
    server.use(http.post(at(`${here}/deploy`), () => problem(409, "operation-underway", { operation: "op-2" })));
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Deploy to 2 containers on 2 clusters" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Detail of operation-underway.");
  });

  it("asks for the consent that lifts its problem, and sends it", async () => {
    const consent = "owned-until-next-upgrade" as const;
    const started = serves<DeployRequest>("deploy", ({ allow }) =>
      allow?.includes(consent)
        ? makeImagePlan({ digest: "sha256:2" })
        : makeImagePlan({ blocked: true, problems: [makeProblem({ consent })] }),
    );
    const { user, onStarted } = open();
    await user.click(await screen.findByRole("checkbox", { name: /^Write workloads of Helm/ }));
    const button = screen.getByRole("button", { name: /^Deploy to 2 containers/ });
    await vi.waitFor(() => expect(button).not.toHaveAttribute("aria-disabled"));
    await user.click(button);
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalled());
    expect([started[0]!.body.allow, started[0]!.body.plan_digest]).toEqual([[consent], "sha256:2"]);
  });
});

describe("a gate in the way of a deployment", () => {
  it("is told with who can open it, and nothing starts", async () => {
    const started = serves<DeployRequest>("deploy", () => makeImagePlan({ gates: [makeGate()] }));
    const props = {
      application: "shop",
      environment: "Staging",
      image,
      onClose: vi.fn(),
      onStarted: vi.fn(),
      onProposed: vi.fn(),
    };
    const { user } = render(<DeployDialog {...props} />);
    expect(await screen.findByRole("list", { name: "Gates in the way" })).toHaveTextContent(
      /administrator can change it/,
    );
    const button = () => screen.getByRole("button", { name: /^Deploy to 2 containers/ });
    await vi.waitFor(() => expect(button()).toHaveAccessibleName(/A freeze is in the way/));
    await user.click(button());
    expect(screen.queryByLabelText(/^Reason/)).not.toBeInTheDocument();
    expect(started).toEqual([]);
  });
});

describe("a deployment that takes approval", () => {
  const approval = makeGate({ kind: "approval", id: null, until: null, opened_by: "Propose it." });
  const deploying = () => {
    const onStarted = vi.fn();
    const props = { application: "shop", environment: "Staging", image, onClose: vi.fn(), onProposed: vi.fn() };
    return { ...render(<DeployDialog {...props} onStarted={onStarted} />), onStarted };
  };

  it("is proposed with a reason, whatever else is in the way, and leads to the proposal", async () => {
    const filed: unknown[] = [];
    const started = serves<DeployRequest>("deploy", () => makeImagePlan({ gates: [makeGate(), approval] }));
    server.use(
      http.post(at("/proposals"), async ({ request }) => {
        filed.push(await request.json());
        return HttpResponse.json(makeProposal(), { status: 201 });
      }),
    );
    const onProposed = vi.fn();
    const props = { application: "shop", environment: "Staging", image, onClose: vi.fn(), onStarted: vi.fn() };
    const { user } = render(<DeployDialog {...props} onProposed={onProposed} />);
    await user.type(await screen.findByLabelText("Why"), "Release 7");
    const button = () => screen.getByRole("button", { name: /^Propose/ });
    await vi.waitFor(() => expect(button()).not.toHaveAttribute("aria-disabled"));
    await user.click(button());
    await vi.waitFor(() => expect(onProposed).toHaveBeenCalledWith("proposal-1"));
    const deploy = {
      image,
      strategy: { on_failure: "roll-back", fallback: true },
      plan_digest: "sha256:1",
      allow: [],
    };
    expect(filed).toEqual([{ application: "shop", environment: "Staging", deploy, comment: "Release 7" }]);
    expect(started).toEqual([]);
  });

  it("can be proposed after its start was refused for want of approvals", async () => {
    serves<DeployRequest>("deploy", () => makeImagePlan());
    server.use(http.post(at(`${here}/deploy`), () => problem(409, "approval-required")));
    const props = { application: "shop", environment: "Staging", image, onClose: vi.fn(), onStarted: vi.fn() };
    const { user } = render(<DeployDialog {...props} onProposed={vi.fn()} />);
    await user.click(await screen.findByRole("button", { name: "Deploy to 2 containers on 2 clusters" }));
    expect(await screen.findByRole("button", { name: "Propose" })).toBeInTheDocument();
  });

  it("is started without approvals, with the reason, by who may break the glass", async () => {
    const started = serves<DeployRequest>("deploy", () => makeImagePlan({ gates: [approval] }));
    const { user, onStarted } = deploying();
    await user.click(await screen.findByRole("checkbox", { name: "Start without approvals" }));
    expect(screen.getByText(/audit log records that you broke the glass.*“Break-glass used” is told/)).toBeVisible();
    expect(screen.queryByLabelText("Why")).not.toBeInTheDocument();
    const button = () => screen.getByRole("button", { name: /^Start without approvals/ });
    await vi.waitFor(() => expect(button()).toHaveAccessibleName(/Say why it cannot wait/));
    await user.type(screen.getByLabelText(/^Reason/), " Orders are lost ");
    await user.click(button());
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalledWith("op-9"));
    expect([started[0]!.body.break_glass, started[0]!.body.plan_digest]).toEqual([
      { reason: "Orders are lost" },
      "sha256:1",
    ]);
  });

  it("waits for the other gates, also where the glass is broken", async () => {
    const started = serves<DeployRequest>("deploy", () => makeImagePlan({ gates: [makeGate(), approval] }));
    const { user } = deploying();
    await user.click(await screen.findByRole("checkbox", { name: "Start without approvals" }));
    await user.type(screen.getByLabelText(/^Reason/), "Orders are lost");
    await user.click(screen.getByRole("button", { name: /^Start without approvals ?\(A freeze is in the way/ }));
    expect(started).toEqual([]);
  });

  it("offers to break the glass only once approvals are wanted, and to propose again when that is taken back", async () => {
    const started = serves<DeployRequest>("deploy", () => makeImagePlan({ gates: [] }));
    const { user } = deploying();
    // Where no approval is taken, nothing of the kind is offered.
    const button = await screen.findByRole("button", { name: "Deploy to 2 containers on 2 clusters" });
    expect(screen.queryByRole("checkbox", { name: "Start without approvals" })).not.toBeInTheDocument();
    server.use(http.post(at(`${here}/deploy`), () => problem(409, "approval-required")));
    await user.click(button);
    await user.click(await screen.findByRole("checkbox", { name: "Start without approvals" }));
    await user.type(screen.getByLabelText(/^Reason/), "Orders are lost");
    await user.click(screen.getByRole("checkbox", { name: "Start without approvals" }));
    expect(screen.getByRole("button", { name: "Propose" })).toBeInTheDocument();
    expect(started).toEqual([]);
  });

  it("offers nothing of the kind to who holds all other rights there", async () => {
    server.use(holding("maintainer"));
    serves<DeployRequest>("deploy", () => makeImagePlan({ gates: [approval] }));
    deploying();
    await vi.waitFor(() =>
      expect(screen.getByRole("button", { name: "Propose" })).not.toHaveAttribute("aria-disabled"),
    );
    expect(screen.queryByText("Start without approvals")).not.toBeInTheDocument();
  });
});

describe("the one step back", () => {
  /** The operation is of noon; a release came before it. */
  const formerly = (over: Parameters<typeof makeRelease>[0] = {}) =>
    server.use(
      http.get(at("/operations/op-1"), () => HttpResponse.json(makeEndedPromotion({ "prod-eu": "failed" }))),
      http.get(at(`${here}/releases`), () =>
        HttpResponse.json({
          items: [
            makeRelease({ number: 8, created_at: "2026-11-23T13:00:00Z" }),
            makeRelease({ number: 7, created_at: "2026-11-23T11:00:00Z", ...over }),
          ],
          next_cursor: null,
        }),
      ),
    );

  it("offers the release before it, where that holds configuration", async () => {
    serves<RollbackRequest>("rollback", () => makeImagePlan());
    formerly();
    const onConfigured = vi.fn();
    const props = {
      application: "shop",
      environment: "Staging",
      operation: "op-1",
      onClose: vi.fn(),
      onStarted: vi.fn(),
    };
    const { user } = render(<PutBackDialog {...props} onConfigured={onConfigured} />);
    await user.click(await screen.findByRole("button", { name: "Go back to release 7 with its configuration" }));
    expect(onConfigured).toHaveBeenCalledWith(7);
  });

  it("sends when the hold that it sets ends", async () => {
    const started = serves<RollbackRequest>("rollback", () => makeImagePlan());
    formerly({ holds_configuration: false });
    const props = {
      application: "shop",
      environment: "Staging",
      operation: "op-1",
      onClose: vi.fn(),
      onStarted: vi.fn(),
    };
    const { user } = render(<PutBackDialog {...props} onConfigured={vi.fn()} />);
    fireEvent.change(await screen.findByLabelText("The hold ends"), { target: { value: "2096-12-01T12:00" } });
    await user.click(await screen.findByRole("button", { name: /^Put web 1\.5\.0 and api 2\.1\.0 back/ }));
    await vi.waitFor(() => expect(started[0]?.body.hold_until).toBe(new Date("2096-12-01T12:00").toISOString()));
  });

  it("previews and starts a rollback of the operation, named after what it puts back", async () => {
    const changes = [makeChange("web", "1.5.0", "1.4.0"), makeChange("db", "16.1", "16.1")];
    const clusters = [{ cluster: "eu", read: true, changes, problems: [], configuration: [], restarts: [] }];
    const asked: RollbackRequest[] = [];
    const started = serves<RollbackRequest>("rollback", (request) => {
      asked.push(request);
      return makeImagePlan({ clusters });
    });
    const onStarted = vi.fn();
    const props = { application: "shop", environment: "Staging", operation: "op-1", onClose: vi.fn(), onStarted };
    formerly();
    const { user } = render(<PutBackDialog {...props} onConfigured={vi.fn()} />);
    await user.click(await screen.findByRole("button", { name: "Put web 1.4.0 back on 1 cluster" }));
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalledWith("op-9"));
    expect([asked[0]?.operation, asked[0]?.release]).toEqual(["op-1", undefined]);
    expect([started[0]!.body.operation, started[0]!.body.plan_digest]).toEqual(["op-1", "sha256:1"]);
  });

  it("passes a freeze with a reason, which it sends", async () => {
    const clusters = [
      {
        cluster: "eu",
        read: true,
        changes: [makeChange("web", "1.5.0", "1.4.0")],
        problems: [],
        configuration: [],
        restarts: [],
      },
    ];
    const started = serves<RollbackRequest>("rollback", () => makeImagePlan({ clusters, gates: [makeGate()] }));
    const props = {
      application: "shop",
      environment: "Staging",
      operation: "op-1",
      onClose: vi.fn(),
      onStarted: vi.fn(),
    };
    formerly();
    const { user } = render(<PutBackDialog {...props} onConfigured={vi.fn()} />);
    expect(await screen.findByRole("list", { name: "Gates in the way" })).toHaveTextContent(/A freeze is in the way/);
    const button = () => screen.getByRole("button", { name: /^Put web 1\.4\.0 back/ });
    await vi.waitFor(() => expect(button()).toHaveAccessibleName(/give a reason to pass it/));
    await user.type(screen.getByLabelText(/^Reason/), "1.5.0 loses orders");
    await user.click(button());
    await vi.waitFor(() => expect(started[0]?.body.reason).toBe("1.5.0 loses orders"));
  });

  const offers = (operation: ReturnType<typeof makeEndedPromotion>) => {
    server.use(http.get(at("/operations/op-1"), () => HttpResponse.json(operation)));
    const onPutBack = vi.fn();
    return {
      ...render(<PutBackButton operation="op-1" application="shop" environment="Production" onPutBack={onPutBack} />),
      onPutBack,
    };
  };

  it("is offered with the former version of exactly the containers that changed", async () => {
    const { user, onPutBack } = offers(makeEndedPromotion({ "prod-eu": "succeeded", "prod-us": "failed" }));
    // It is disabled until the person's role is known.
    await vi.waitFor(() =>
      expect(screen.getByRole("button", { name: /^Put web 1\.4\.0 back/ })).not.toHaveAttribute("aria-disabled"),
    );
    await user.click(screen.getByRole("button", { name: /^Put web 1\.4\.0 back/ }));
    expect(onPutBack).toHaveBeenCalledWith("op-1");
  });

  it("is not offered where everything was undone", async () => {
    const { queryClient } = offers(makeEndedPromotion({ "prod-eu": "rolled-back", "prod-us": "skipped" }));
    await vi.waitFor(() => expect(queryClient.isFetching()).toBe(0));
    expect(screen.queryByRole("button", { name: /^Put/ })).not.toBeInTheDocument();
  });
});
