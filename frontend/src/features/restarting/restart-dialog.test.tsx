import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { RestartRequest } from "@/api/contract";
import { makeResource, makeWorkload } from "@/test/factories";
import { at, holding } from "@/test/handlers";
import { makeOperation } from "@/test/operation-factories";
import { makeImagePlan } from "@/test/plan-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { restartable } from "./model";
import { RestartDialog } from "./restart-dialog";

const path = "/applications/shop/environments/Staging/restart";
const web = makeResource("Deployment", "web");
const db = makeResource("StatefulSet", "db");

function serves() {
  const asked: RestartRequest[] = [];
  const started: RestartRequest[] = [];
  server.use(
    http.post(at(`${path}/preview`), async ({ request }) => {
      const body = (await request.json()) as RestartRequest;
      asked.push(body);
      const plan = makeImagePlan({ source_environment: null });
      const restarts = body.workloads ?? [web, db];
      return HttpResponse.json({
        ...plan,
        clusters: plan.clusters.map((cluster) => ({ ...cluster, changes: [], restarts })),
      });
    }),
    http.post(at(path), async ({ request }) => {
      started.push((await request.json()) as RestartRequest);
      return HttpResponse.json(makeOperation({ id: "op-9", kind: "restart" }), { status: 202 });
    }),
  );
  return { asked, started };
}

function open() {
  const onStarted = vi.fn();
  const props = { application: "shop", environment: "Staging", workloads: [web, db], onClose: vi.fn(), onStarted };
  return { ...render(<RestartDialog {...props} />), onStarted };
}

describe("restarting workloads", () => {
  it("shows what would be restarted where, for all of them at first", async () => {
    const { asked, started } = serves();
    open();
    const list = await screen.findByRole("list", { name: "Workloads that are restarted" });
    expect(list).toHaveTextContent("Deployment web on prod-eu and prod-us");
    expect(screen.getByRole("button", { name: "Restart 2 workloads on 2 clusters" })).toBeInTheDocument();
    expect(asked).toEqual([{}]);
    expect(started).toEqual([]);
  });

  it("restarts the chosen ones alone, by the plan that it shows", async () => {
    const { started } = serves();
    const { user, onStarted } = open();
    await user.click(await screen.findByRole("combobox", { name: "Workloads" }));
    await user.click(await screen.findByRole("option", { name: "StatefulSet db" }));
    await user.click(await screen.findByRole("button", { name: "Restart 1 workload on 2 clusters" }));
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalledWith("op-9"));
    expect(started[0]).toMatchObject({ workloads: [db], plan_digest: "sha256:1" });
  });

  it("tells a viewer which right it takes", async () => {
    server.use(holding("viewer"));
    serves();
    open();
    expect(
      await screen.findByRole("button", { name: /Requires the right promote on shop in Staging/ }),
    ).toBeInTheDocument();
  });

  it("offers no workloads that have no pods to replace", () => {
    const job = { ...makeWorkload({ name: "once" }), resource: makeResource("CronJob", "once") };
    expect(restartable([makeWorkload({ name: "web" }), job])).toEqual([web]);
  });
});
