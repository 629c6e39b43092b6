import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import type { CopyPlan, SourceResource } from "@/api/contract";
import { makeAppEnvironment, makeResource } from "@/test/factories";
import { makeGate } from "@/test/gate-factories";
import { at, problem } from "@/test/handlers";
import { makeProposal } from "@/test/proposal-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ImportPage } from "./import-page";

const web: SourceResource = {
  resource: makeResource("Deployment", "web"),
  copyable: true,
  reason: null,
  consent: null,
  selected: true,
  belongs: true,
  workload: true,
  refers_to: [],
  notes: [],
};
const plan: CopyPlan = {
  digest: "sha256:1",
  source: null,
  namespace: "shop",
  gates: [],
  clusters: [],
  problems: [],
  blocked: false,
  nothing_to_do: false,
};
const approval = makeGate({ kind: "approval", id: null, until: null });

/** The page of an import with these gates, and what is sent from it. */
async function previewed(gates: CopyPlan["gates"]) {
  const proposed: unknown[] = [];
  const started = vi.fn<(request: unknown) => void>();
  const [onStarted, onProposed] = [vi.fn(), vi.fn()];
  const target = at("/applications/shop/environments/Production");
  server.use(
    http.get(target, () => HttpResponse.json(makeAppEnvironment())),
    http.get(at("/applications/shop/environments/Staging/resources"), () =>
      HttpResponse.json({ items: [web], namespace: "shop", unread: [] }),
    ),
    http.get(at("/environments/Production/namespaces"), () =>
      HttpResponse.json({ items: [], given: [], not_asked: [], not_listed: [] }),
    ),
    http.post(`${target}/import/preview`, () => HttpResponse.json({ ...plan, gates })),
    http.post(`${target}/import`, async ({ request }) => {
      started(await request.json());
      return problem(409, "approval-required");
    }),
    http.post(at("/proposals"), async ({ request }) => {
      proposed.push(await request.json());
      return HttpResponse.json(makeProposal(), { status: 201 });
    }),
  );
  const source = { environment: "Staging", clusters: ["staging-1"] };
  const view = render(
    <ImportPage
      application="shop"
      environment="Production"
      clusters={["prod-1"]}
      defaultNamespace="shop"
      sources={[source]}
      named="Staging"
      sourceCluster={null}
      keys={[]}
      onSource={vi.fn()}
      onStarted={onStarted}
      onProposed={onProposed}
    />,
  );
  await view.user.click(await screen.findByRole("button", { name: "Preview changes" }));
  await screen.findByRole("heading", { name: "Planned changes" });
  return { ...view, proposed, started, onStarted, onProposed };
}

it("an import that takes approval is proposed with its plan and a reason, whatever else is in the way", async () => {
  const { user, proposed, started, onProposed } = await previewed([makeGate(), approval]);
  await user.type(screen.getByLabelText("Why"), "The first release.");
  await user.click(screen.getByRole("button", { name: "Propose" }));
  await vi.waitFor(() => expect(onProposed).toHaveBeenCalledWith("proposal-1"));
  expect(proposed).toEqual([
    {
      application: "shop",
      environment: "Production",
      comment: "The first release.",
      import: expect.objectContaining({
        source_environment: "Staging",
        namespace: "shop",
        resources: [web.resource],
        plan_digest: "sha256:1",
      }) as object,
    },
  ]);
  expect(started).not.toHaveBeenCalled();
});

it("an import is proposed after a policy younger than its preview has refused the start", async () => {
  const { user, started, onProposed } = await previewed([]);
  await user.click(screen.getByRole("button", { name: /copy|Copy/ }));
  await user.click(await screen.findByRole("button", { name: "Propose" }));
  await vi.waitFor(() => expect(onProposed).toHaveBeenCalledWith("proposal-1"));
  expect(started).toHaveBeenCalledOnce();
});

it("an import that takes no approval waits for its gates", async () => {
  const { user, started } = await previewed([makeGate()]);
  await user.click(screen.getByRole("button", { name: /A freeze is in the way/ }));
  expect(started).not.toHaveBeenCalled();
});

it("an import is started without approvals, with the reason, by who may break the glass", async () => {
  const { user, proposed, started } = await previewed([approval]);
  await user.click(screen.getByRole("checkbox", { name: "Start without approvals" }));
  await user.type(screen.getByLabelText(/^Reason/), "The region is down.");
  await user.click(screen.getByRole("button", { name: "Start without approvals" }));
  await vi.waitFor(() => expect(started).toHaveBeenCalledOnce());
  expect(started.mock.calls[0]![0]).toMatchObject({
    plan_digest: "sha256:1",
    break_glass: { reason: "The region is down." },
  });
  expect(proposed).toEqual([]);
});
