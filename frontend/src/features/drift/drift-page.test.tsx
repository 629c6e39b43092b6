import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { AcceptancePlan, AcceptRequest, Divergence, RollbackRequest } from "@/api/contract";
import { makeHold } from "@/test/gate-factories";
import { makeImagePlan, makeProblem } from "@/test/plan-factories";
import { at } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { DriftPage } from "./drift-page";

const image = (tag: string) => ({
  reference: `registry.example/shop/web:${tag}`,
  repository: "registry.example/shop/web",
  tag,
  digest: null,
});

const drifted: Divergence = {
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c0739a7",
  kind: "image-drift",
  workload: { api_version: "apps/v1", kind: "Deployment", name: "web" },
  container: "web",
  init: false,
  found: [
    {
      cluster: "prod-eu",
      image: image("1.4.3"),
      expected: image("1.4.2"),
      manager: "kubectl-edit",
      written_at: "2026-11-27T09:12:44Z",
    },
  ],
  fields: [],
  release: 7,
  since: "2026-11-27T09:12:45Z",
  application: "shop",
  environment: "Production",
  last_release: 7,
  source: "Staging",
  remedy: "Converge, which rolls back to release 7, or accept what runs.",
};

const serves = (...items: Divergence[]) =>
  server.use(http.get(at("/drift"), () => HttpResponse.json({ items, next_cursor: null })));

describe("the page of drift", () => {
  it("says where what runs instead of what, and who wrote it", async () => {
    serves(drifted);
    render(<DriftPage onStarted={vi.fn()} onImport={vi.fn()} />);
    const table = await screen.findByRole("table", { name: "Drift" });
    expect(within(table).getByText(/written by kubectl-edit/)).toBeInTheDocument();
    expect(table).toHaveTextContent(/prod-eu.*1\.4\.3.*instead of.*1\.4\.2/);
  });

  it("marks what is on hold, and why", async () => {
    serves(drifted);
    server.use(http.get(at("/holds"), () => HttpResponse.json({ items: [makeHold()] })));
    render(<DriftPage onStarted={vi.fn()} onImport={vi.fn()} />);
    expect(await screen.findByText("On hold")).toBeVisible();
    expect(screen.getByText(/Until somebody lifts it: Payments fail/)).toBeInTheDocument();
  });

  it("previews the return of the container to the last release", async () => {
    serves(drifted);
    const asked: RollbackRequest[] = [];
    server.use(
      http.post(at("/applications/shop/environments/Production/rollback/preview"), async ({ request }) => {
        asked.push((await request.json()) as RollbackRequest);
        return HttpResponse.json(makeImagePlan());
      }),
    );
    const { user } = render(<DriftPage onStarted={vi.fn()} onImport={vi.fn()} />);
    const button = () => screen.getByRole("button", { name: /^Converge web of shop in Production/ });
    await screen.findByRole("table", { name: "Drift" });
    // It is disabled until the person's role is known.
    await vi.waitFor(() => expect(button()).not.toHaveAttribute("aria-disabled"));
    await user.click(button());
    expect(await screen.findByRole("dialog", { name: "Converge web in Production to release 7" })).toBeInTheDocument();
    await vi.waitFor(() =>
      expect(asked[0]).toMatchObject({ release: 7, containers: [{ workload: drifted.workload, container: "web" }] }),
    );
  });

  it("previews the return of all rows that are selected, of one app environment, on chosen clusters", async () => {
    const onUs = { ...drifted.found[0]!, cluster: "prod-us" };
    const proxy = { ...drifted, id: "b", container: "proxy", found: [onUs] };
    const elsewhere = { ...drifted, id: "c", environment: "Staging" };
    serves(drifted, proxy, elsewhere);
    const asked: RollbackRequest[] = [];
    server.use(
      http.post(at("/applications/shop/environments/Production/rollback/preview"), async ({ request }) => {
        asked.push((await request.json()) as RollbackRequest);
        return HttpResponse.json(makeImagePlan());
      }),
    );
    const { user } = render(<DriftPage onStarted={vi.fn()} onImport={vi.fn()} />);
    await user.click(await screen.findByRole("checkbox", { name: "Select web of shop in Production" }));
    expect(screen.getByRole("checkbox", { name: /^Select web of shop in Staging/ })).toBeDisabled();
    await user.click(screen.getByRole("checkbox", { name: "Select proxy of shop in Production" }));
    const bar = within(screen.getByRole("group", { name: "Selected" }));
    const converge = (name: string) => bar.getByRole("button", { name: new RegExp(`^${name}`) });
    await vi.waitFor(() => expect(converge("Converge selected")).not.toHaveAttribute("aria-disabled"));
    await user.click(converge("Converge selected"));
    const dialog = await screen.findByRole("dialog", {
      name: "Converge 2 containers of shop in Production to release 7",
    });
    await user.click(within(dialog).getByRole("combobox", { name: "Clusters" }));
    await user.click(screen.getByRole("option", { name: "prod-us", hidden: true }));
    const containers = ["web", "proxy"].map((container) => ({ workload: drifted.workload, container }));
    await vi.waitFor(() => expect(asked.at(-1)).toMatchObject({ release: 7, containers, clusters: ["prod-us"] }));
    await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    await user.click(converge("Converge all of shop in Production"));
    await screen.findByRole("dialog", { name: "Converge all of shop in Production to release 7" });
    await vi.waitFor(() => expect(asked.at(-1)).not.toHaveProperty("containers"));
  });

  it("previews what accepting records, asks for the cluster where they differ, and records exactly the plan", async () => {
    serves(drifted);
    const here = "/applications/shop/environments/Production/accept";
    const plan: AcceptancePlan = {
      digest: `sha256:${"1".repeat(64)}`,
      environment: "Production",
      cluster: "prod-eu",
      release: 7,
      changes: [
        {
          workload: drifted.workload,
          container: "web",
          init: false,
          before: image("1.4.2"),
          after: image("1.4.3"),
          clusters: ["prod-eu"],
        },
      ],
      fields: [],
      clusters: ["prod-eu"],
      problems: [],
      blocked: false,
    };
    const accepted: AcceptRequest[] = [];
    server.use(
      http.post(at(`${here}/preview`), async ({ request }) => {
        const { cluster } = (await request.json()) as AcceptRequest;
        const differ = makeProblem({ code: "clusters-differ", detail: "The clusters differ." });
        return HttpResponse.json(
          cluster ? plan : { ...plan, cluster: null, changes: [], problems: [differ], blocked: true },
        );
      }),
      http.post(at(here), async ({ request }) => {
        accepted.push((await request.json()) as AcceptRequest);
        return HttpResponse.json({ number: 8 });
      }),
    );
    const { user } = render(<DriftPage onStarted={vi.fn()} onImport={vi.fn()} />);
    await screen.findByRole("table", { name: "Drift" });
    const button = () => screen.getByRole("button", { name: /^Accept web of shop in Production/ });
    await vi.waitFor(() => expect(button()).not.toHaveAttribute("aria-disabled"));
    await user.click(button());
    const dialog = await screen.findByRole("dialog", { name: "Accept what web runs in Production" });
    expect(await within(dialog).findByText("The clusters differ.")).toBeInTheDocument();
    await user.click(within(dialog).getByRole("combobox", { name: "Cluster" }));
    await user.click(screen.getByRole("option", { name: "prod-eu", hidden: true }));
    const images = await within(dialog).findByRole("list", { name: "Images of the new release" });
    expect(images).toHaveTextContent(/1\.4\.3.*instead of.*1\.4\.2.*runs on prod-eu/);
    await vi.waitFor(() =>
      expect(within(dialog).getByRole("button", { name: "Accept" })).not.toHaveAttribute("aria-disabled"),
    );
    await user.click(within(dialog).getByRole("button", { name: "Accept" }));
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    expect(accepted).toEqual([
      { cluster: "prod-eu", containers: [{ workload: drifted.workload, container: "web" }], plan_digest: plan.digest },
    ]);
  });

  it("says which keys are not as released on which clusters, by whom and since when, and imports them again", async () => {
    const field = { removed: false, manager: "kubectl-edit", written_at: "2026-11-27T09:12:44Z" };
    const fields = [
      { ...field, path: "data.mode", key: "mode" },
      { ...field, path: "data.url", key: "url", removed: true, manager: null, written_at: null },
    ];
    const keys: Divergence = {
      ...drifted,
      kind: "key-drift",
      workload: { api_version: "v1", kind: "ConfigMap", name: "settings" },
      container: "",
      found: [],
      fields: ["prod-eu", "prod-us"].map((cluster) => ({ cluster, fields })),
    };
    serves(keys);
    const onImport = vi.fn();
    const { user } = render(<DriftPage onStarted={vi.fn()} onImport={onImport} />);
    const table = await screen.findByRole("table", { name: "Drift" });
    expect(table).toHaveTextContent(/ConfigMap settings/);
    expect(table).toHaveTextContent(/prod-eu mode changedwritten by kubectl-edit .*url removed.*prod-us mode changed/);
    expect(screen.queryByRole("button", { name: /Converge/ })).not.toBeInTheDocument();
    expect(screen.getByRole("checkbox", { name: /^Select ConfigMap settings/ })).toBeDisabled();
    const button = () =>
      screen.getByRole("button", { name: /^Import again ConfigMap settings of shop from Staging to Production/ });
    await vi.waitFor(() => expect(button()).not.toHaveAttribute("aria-disabled"));
    await user.click(button());
    expect(onImport).toHaveBeenCalledExactlyOnceWith({
      application: "shop",
      environment: "Production",
      source: "Staging",
      names: ["ConfigMap/settings:mode", "ConfigMap/settings:url"],
    });
  });

  it("previews which keys of an object accepting takes as they are, and records exactly the plan", async () => {
    const field = { path: "data.mode", key: "mode", removed: false, manager: "kubectl-edit", written_at: null };
    const workload = { api_version: "v1", kind: "ConfigMap", name: "settings" };
    serves({
      ...drifted,
      kind: "key-drift",
      workload,
      container: "",
      found: [],
      fields: [{ cluster: "prod-eu", fields: [field] }],
    });
    const plan: AcceptancePlan = {
      digest: `sha256:${"2".repeat(64)}`,
      environment: "Production",
      cluster: null,
      release: 7,
      changes: [],
      fields: [{ resource: workload, cluster: "prod-eu", fields: [field] }],
      clusters: ["prod-eu"],
      problems: [],
      blocked: false,
    };
    const here = "/applications/shop/environments/Production/accept";
    const accepted: AcceptRequest[] = [];
    server.use(
      http.post(at(`${here}/preview`), () => HttpResponse.json(plan)),
      http.post(at(here), async ({ request }) => {
        accepted.push((await request.json()) as AcceptRequest);
        return HttpResponse.json({ number: 8 });
      }),
    );
    const { user } = render(<DriftPage onStarted={vi.fn()} onImport={vi.fn()} />);
    const button = () => screen.getByRole("button", { name: /^Accept ConfigMap settings of shop in Production/ });
    await screen.findByRole("table", { name: "Drift" });
    await vi.waitFor(() => expect(button()).not.toHaveAttribute("aria-disabled"));
    await user.click(button());
    const dialog = await screen.findByRole("dialog", { name: "Accept ConfigMap settings as it is in Production" });
    const fields = await within(dialog).findByRole("list", { name: "Keys and fields that are accepted" });
    expect(fields).toHaveTextContent(/prod-eu ConfigMap settings: mode changed.*written by kubectl-edit/);
    const confirm = () => within(dialog).getByRole("button", { name: "Accept" });
    await vi.waitFor(() => expect(confirm()).not.toHaveAttribute("aria-disabled"));
    await user.click(confirm());
    await vi.waitFor(() => expect(accepted).toEqual([{ objects: [workload], plan_digest: plan.digest }]));
  });

  it("shows the first of many fields, and folds the others", async () => {
    const fields = Array.from({ length: 9 }, (_, index) => ({
      path: `spec.replicas${index}`,
      key: null,
      removed: false,
      manager: "Lens",
      written_at: null,
    }));
    serves({ ...drifted, kind: "field-drift", container: "", found: [], fields: [{ cluster: "prod-eu", fields }] });
    render(<DriftPage onStarted={vi.fn()} onImport={vi.fn()} />);
    expect(await screen.findByText("and 3 more")).toBeInTheDocument();
    expect(screen.getByText("spec.replicas0")).toBeVisible();
    expect(screen.getByText("spec.replicas8")).not.toBeVisible();
  });

  it("says that nothing drifted", async () => {
    serves();
    render(<DriftPage onStarted={vi.fn()} onImport={vi.fn()} />);
    expect(await screen.findByText("No drift")).toBeInTheDocument();
  });
});
