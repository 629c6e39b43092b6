import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { meQuery } from "@/api/me";
import type { PromotionPlan, PromotionRequest } from "@/api/contract";
import { makeImage, makeResource } from "@/test/factories";
import { at, problem } from "@/test/handlers";
import { makeEnvironmentCluster, makeRegisteredEnvironment } from "@/test/environment-factories";
import { makeOperation } from "@/test/operation-factories";
import { makeChange, makeImagePlan as plan, makeProblem } from "@/test/plan-factories";
import { server } from "@/test/server";
import { open, previews } from "./promote-dialog.stage";

const makeBringPlan = (): NonNullable<PromotionPlan["bring"]> => ({
  digest: "sha256:2",
  source: { environment: "Staging", cluster: "staging-1", namespace: "shop" },
  namespace: "shop",
  clusters: [
    {
      cluster: "prod-eu",
      namespace: "shop",
      namespace_action: "unchanged",
      namespace_labels: {},
      resources: [
        {
          resource: makeResource("ConfigMap", "settings"),
          action: "update",
          changes: [{ path: "data.beta", kind: "added", before: null, after: "on", comparison: null }],
          notes: [],
        },
      ],
      problems: [],
      unchecked: [],
      restarts: [],
      handed_over: null,
    },
  ],
  problems: [],
  gates: [],
  blocked: false,
  nothing_to_do: false,
});

describe("the promote dialog", () => {
  it("says on its button how many images and clusters change", async () => {
    server.use(previews(() => plan()));
    open();
    expect(await screen.findByRole("button", { name: "Promote 2 images to 2 clusters" })).toBeInTheDocument();
  });

  it("starts the plan that it shows, with the CSRF token", async () => {
    const sent: { body: PromotionRequest; csrf: string | null }[] = [];
    server.use(
      previews(() => plan()),
      http.post(at("/applications/shop/promotions"), async ({ request }) => {
        sent.push({ body: (await request.json()) as PromotionRequest, csrf: request.headers.get("X-CSRF-Token") });
        return HttpResponse.json(makeOperation({ id: "op-7" }), { status: 202 });
      }),
    );
    const onStarted = vi.fn();
    const { user, queryClient } = open(onStarted);
    await queryClient.ensureQueryData(meQuery);
    await user.click(await screen.findByRole("button", { name: "Promote 2 images to 2 clusters" }));
    await vi.waitFor(() => expect(onStarted).toHaveBeenCalledWith("op-7"));
    expect([sent[0]?.body.plan_digest, sent[0]?.body.containers, sent[0]?.csrf]).toEqual(["sha256:1", null, "csrf-1"]);
  });

  it("makes the plan again with a remedy beside a finding, shows what it brings, and takes it back", async () => {
    const asked: PromotionRequest[] = [];
    const remedy = {
      code: "bring-keys",
      title: "Bring 1 key of ConfigMap settings",
      request: { bring: [{ kind: "ConfigMap", name: "settings", keys: ["beta"] }] },
    };
    const gap = makeProblem({ severity: "warns", detail: "ConfigMap settings lacks key beta.", remedy });
    server.use(
      previews((request) => {
        asked.push(request);
        const brings = (request.bring ?? []).length > 0;
        return plan({ problems: brings ? [] : [gap], bring: brings ? makeBringPlan() : null });
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: remedy.title }));
    expect(await screen.findByRole("list", { name: "Planned changes by resource" })).toHaveTextContent("settings");
    expect(asked.at(-1)?.bring).toEqual(remedy.request.bring);
    expect(screen.queryByText("ConfigMap settings lacks key beta.")).not.toBeInTheDocument();
    await user.type(screen.getByRole("textbox", { name: "Value of beta in ConfigMap settings" }), "off");
    await user.tab();
    await vi.waitFor(() =>
      expect(asked.at(-1)?.bring).toEqual([{ ...remedy.request.bring[0], values: { beta: "off" } }]),
    );
    await user.click(screen.getByRole("checkbox", { name: remedy.title }));
    expect(await screen.findByText("ConfigMap settings lacks key beta.")).toBeInTheDocument();
  });

  it("restarts what reads the keys that it brings once that is chosen, and says what", async () => {
    const asked: PromotionRequest[] = [];
    const remedy = { code: "restart", title: "Restart what reads these keys", request: { restart: true } };
    const stale = makeProblem({ severity: "tells", detail: "Deployment worker reads ConfigMap settings.", remedy });
    server.use(
      previews((request) => {
        asked.push(request);
        const made = plan({ bring: makeBringPlan(), problems: request.restart ? [] : [stale] });
        const worker = { api_version: "apps/v1", kind: "Deployment", name: "worker" };
        return {
          ...made,
          clusters: made.clusters.map((each) => ({ ...each, restarts: request.restart ? [worker] : [] })),
        };
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: remedy.title }));
    expect(await screen.findByText("Restarted: Deployment worker")).toBeInTheDocument();
    expect(asked.at(-1)?.restart).toBe(true);
    await user.click(screen.getByRole("checkbox", { name: remedy.title }));
    expect(await screen.findByText("Deployment worker reads ConfigMap settings.")).toBeInTheDocument();
  });

  it("sends the clusters one after the other as waves", async () => {
    const sent: PromotionRequest[] = [];
    server.use(
      http.get(at("/environments"), () => {
        const clusters = ["prod-eu", "prod-us"].map((name) => makeEnvironmentCluster(name));
        return HttpResponse.json({ items: [makeRegisteredEnvironment({ clusters })] });
      }),
      previews(() => plan()),
      http.post(at("/applications/shop/promotions"), async ({ request }) => {
        sent.push((await request.json()) as PromotionRequest);
        return HttpResponse.json(makeOperation(), { status: 202 });
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("checkbox", { name: /^One cluster after the other/ }));
    await user.click(screen.getByRole("button", { name: "Promote 2 images to 2 clusters" }));
    await vi.waitFor(() => expect(sent[0]?.strategy?.waves).toEqual([["prod-eu"], ["prod-us"]]));
  });

  it("shows the current plan when the service refuses the previewed one as outdated", async () => {
    const current = plan({ digest: "sha256:9", clusters: plan().clusters.slice(0, 1) });
    server.use(
      previews(() => plan()),
      http.post(at("/applications/shop/promotions"), () => problem(409, "plan-outdated", { plan: current })),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Promote 2 images to 2 clusters" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Detail of plan-outdated.");
    expect(screen.getByRole("button", { name: "Promote 2 images to 1 cluster" })).toBeInTheDocument();
  });

  it("requires a source cluster if the source's clusters run different images", async () => {
    const images = [
      { cluster: "a", image: makeImage("1") },
      { cluster: "b", image: makeImage("2") },
    ];
    const skew = [{ workload: makeResource("Deployment", "web"), container: "web", images }];
    server.use(previews(() => plan({ skew, blocked: true })));
    open();
    expect(await screen.findByRole("combobox", { name: "Source cluster" })).toBeInTheDocument();
  });

  it("says who wrote an image that it would replace", async () => {
    const changes = [makeChange("web", "1.0.0", "1.1.0", { written_by: "keel" })];
    server.use(
      previews(() =>
        plan({
          clusters: [{ cluster: "prod-eu", read: true, changes, problems: [], configuration: [], restarts: [] }],
        }),
      ),
    );
    open();
    expect(await screen.findByText("the former image was written by keel")).toBeInTheDocument();
  });

  it("shows what is changed at the owner in a workload's place", async () => {
    const handed_over = {
      delivery: "helm" as const,
      owner: {
        title: "the Helm release shop in namespace shop",
        cluster: null,
        kind: null,
        namespace: "shop",
        name: "shop",
      },
      edits: [{ where: "image.tag", before: null, after: "1.1.0" }],
      touches: [],
    };
    const changes = [makeChange("web", "1.0.0", "1.1.0", { handed_over })];
    server.use(
      previews(() =>
        plan({
          clusters: [{ cluster: "prod-eu", read: true, changes, problems: [], configuration: [], restarts: [] }],
        }),
      ),
    );
    open();
    const through = await screen.findByText(/through the Helm release shop in namespace shop/);
    expect(through).toHaveTextContent("image.tag (its default) → to 1.1.0");
  });

  it("offers the consent that lifts a problem, and plans again with it", async () => {
    const detail = "Deployment web belongs to the Helm release shop.";
    const owned = makeProblem({
      code: "owned",
      detail,
      cluster: "prod-eu",
      consent: "owned-until-next-upgrade",
      tool: "Helm",
    });
    server.use(
      previews(({ allow }) =>
        allow?.includes("owned-until-next-upgrade") ? plan() : plan({ blocked: true, problems: [owned] }),
      ),
    );
    const { user } = open();
    expect(await screen.findByText("Deployment web belongs to the Helm release shop.")).toBeInTheDocument();
    await user.click(
      screen.getByRole("checkbox", { name: /^Write workloads of Helm as well: the next helm upgrade brings/ }),
    );
    await vi.waitFor(() =>
      expect(screen.getByRole("button", { name: /^Promote 2 images/ })).not.toHaveAttribute("aria-disabled", "true"),
    );
    expect(screen.getByRole("checkbox", { name: /^Write workloads of Helm/ })).toBeChecked();
  });

  it("cannot start a blocked plan", async () => {
    server.use(previews(() => plan({ blocked: true, problems: [makeProblem({ detail: "Paused." })] })));
    open();
    expect(await screen.findByText("Paused.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: /^Promote 2 images/ })).toHaveAttribute("aria-disabled", "true");
  });

  it("does not say of a blocked plan that there is nothing to promote", async () => {
    server.use(previews(() => plan({ clusters: [], blocked: true, problems: [makeProblem()] })));
    open();
    await screen.findByText("Not possible.");
    expect(screen.queryByText(/Nothing to promote/)).not.toBeInTheDocument();
  });

  it("shows why the service refused to start", async () => {
    server.use(
      previews(() => plan()),
      http.post(at("/applications/shop/promotions"), () => problem(409, "operation-underway", { operation: "op-3" })),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Promote 2 images to 2 clusters" }));
    const alert = await screen.findByRole("alert");
    expect(within(alert).getByRole("link", { name: "View the running operation" })).toHaveAttribute(
      "href",
      "/operations/op-3",
    );
  });

  it("lists the images offered in the target that it does not promote", async () => {
    server.use(previews(() => plan()));
    const image = { repository: "registry.example/shop/web", digest: null, containers: ["web"] };
    open(vi.fn(), [
      { ...image, tag: "1.6.0" },
      { ...image, tag: "1.5.0" },
    ]);
    const note = (await screen.findByText("Also offered in Production")).parentElement!;
    expect(note).toHaveTextContent("1.6.0 was pushed for web. This promotion does not include it");
    expect(note).not.toHaveTextContent("1.5.0");
  });
});
