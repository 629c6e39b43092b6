import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { RollbackRequest } from "@/api/contract";
import { makeOperation } from "@/test/operation-factories";
import { makeImagePlan } from "@/test/plan-factories";
import { at, holding } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { RollBackDialog } from "./roll-back-dialog";

const path = "/applications/shop/environments/Staging/rollback";
const settings = { api_version: "v1", kind: "ConfigMap", name: "settings" };
const login = { api_version: "v1", kind: "Secret", name: "login" };
const web = { api_version: "apps/v1", kind: "Deployment", name: "web" };
const change = { path: "data.mode", kind: "changed", before: "slow", after: "fast", comparison: null } as const;

/** Records what is asked for and started; the plan puts configuration back where that is asked for. */
function serves(...objects: (typeof settings)[]) {
  const asked: RollbackRequest[] = [];
  const started: RollbackRequest[] = [];
  server.use(
    http.post(at(`${path}/preview`), async ({ request }) => {
      const body = (await request.json()) as RollbackRequest;
      asked.push(body);
      const plan = makeImagePlan();
      const configuration = body.with_configuration
        ? (body.objects ?? (objects.length > 0 ? objects : [settings])).map((resource) => ({
            resource,
            action: "update" as const,
            changes: [change],
          }))
        : [];
      const restarts = body.restart ? [web] : [];
      return HttpResponse.json({
        ...plan,
        clusters: plan.clusters.map((cluster) => ({ ...cluster, configuration, restarts })),
      });
    }),
    http.post(at(path), async ({ request }) => {
      started.push((await request.json()) as RollbackRequest);
      return HttpResponse.json(makeOperation({ id: "op-9" }), { status: 202 });
    }),
  );
  return { asked, started };
}

function open(underway = false) {
  const onStarted = vi.fn();
  const props = { application: "shop", environment: "Staging", release: 3, underway, onClose: vi.fn(), onStarted };
  return { ...render(<RollBackDialog {...props} />), onStarted };
}

describe("rolling back to a release", () => {
  it("puts images back alone, until configuration is asked for and shown key by key", async () => {
    const { asked, started } = serves();
    const { user, onStarted } = open();
    await screen.findByRole("button", { name: /^Roll back 2 images/ });
    expect(asked[0]?.with_configuration).toBeUndefined();
    await user.click(screen.getByRole("checkbox", { name: "With configuration" }));
    expect(await screen.findByText("data.mode")).toBeInTheDocument();
    await user.click(screen.getByRole("checkbox", { name: "Restart what reads it" }));
    expect(await screen.findByText("Restarted: Deployment web")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: /^Roll back 2 images/ }));
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalledWith("op-9"));
    expect(started[0]).toMatchObject({ release: 3, with_configuration: true, restart: true, plan_digest: "sha256:1" });
    expect(started[0]?.preempt).toBeUndefined();
  });

  it("leaves out what is unticked, and asks for the rest by name", async () => {
    const { asked } = serves(settings, login);
    const { user } = open();
    await user.click(await screen.findByRole("checkbox", { name: "With configuration" }));
    await user.click(await screen.findByRole("checkbox", { name: "Secret login" }));
    await vi.waitFor(() => expect(asked.at(-1)?.objects).toEqual([settings]));
    expect(screen.getByRole("checkbox", { name: "Secret login" })).not.toBeChecked();
    expect(screen.getByRole("checkbox", { name: "ConfigMap settings" })).toBeChecked();
  });

  it("says to a promoter which right configuration takes", async () => {
    server.use(holding("promoter"));
    serves();
    open();
    expect(await screen.findByText("Requires the right maintain on shop in Staging.")).toBeInTheDocument();
    expect(screen.getByRole("checkbox", { name: "With configuration" })).toBeDisabled();
  });

  it("says that what is running is stopped first, and asks for it", async () => {
    const { started } = serves();
    const { user, onStarted } = open(true);
    expect(await screen.findByText("An operation is running here")).toBeInTheDocument();
    await user.click(await screen.findByRole("button", { name: /^Roll back 2 images/ }));
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalled());
    expect(started[0]?.preempt).toBe(true);
  });
});
