import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { meQuery } from "@/api/me";
import type { PromotionPlan, PromotionRequest } from "@/api/contract";
import {
  makeChange,
  makeImage,
  makeImagePlan as plan,
  makeOperation,
  makeProblem,
  makeResource,
} from "@/test/factories";
import { makeGate } from "@/test/gate-factories";
import { at, holding, problem } from "@/test/handlers";
import { makeProposal } from "@/test/proposal-factories";
import { render } from "@/test/render";
import { makeRights, makeScope } from "@/test/rights-factories";
import { server } from "@/test/server";
import type { OfferedImage } from "./model";
import { PromoteDialog } from "./promote-dialog";

const previews = (answer: (request: PromotionRequest) => PromotionPlan) =>
  http.post(at("/applications/shop/promotions/preview"), async ({ request }) =>
    HttpResponse.json(answer((await request.json()) as PromotionRequest)),
  );

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
    },
  ],
  problems: [],
  gates: [],
  blocked: false,
  nothing_to_do: false,
});

const open = (onStarted = vi.fn(), offered: OfferedImage[] = [], onProposed = vi.fn()) =>
  render(
    <PromoteDialog
      application="shop"
      source="Staging"
      target="Production"
      targets={[{ environment: "Production", auto: false, earlier: false }]}
      offered={offered}
      onTarget={vi.fn()}
      onClose={vi.fn()}
      onStarted={onStarted}
      onProposed={onProposed}
    />,
  );

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

  it("makes a plan for the selected containers alone", async () => {
    const asked: PromotionRequest[] = [];
    server.use(
      previews((request) => {
        asked.push(request);
        return request.containers ? plan({ digest: "sha256:2" }) : plan();
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("checkbox", { name: /api/ }));
    expect(await screen.findByRole("button", { name: "Promote 1 image to 2 clusters" })).toBeInTheDocument();
    expect(asked.at(-1)?.containers?.map(({ container }) => container)).toEqual(["web"]);
  });

  it("sends the clusters one after the other as waves", async () => {
    const sent: PromotionRequest[] = [];
    server.use(
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

  it("disables the containers that do not change", async () => {
    server.use(previews(() => plan()));
    open();
    expect(await screen.findByRole("checkbox", { name: /db/ })).toBeDisabled();
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

  it("leaves older images unticked, says that they are older, and plans for the others alone", async () => {
    const asked: PromotionRequest[] = [];
    const changes = [
      makeChange("web", "1.5.0", "1.4.0", { direction: "downgrade" }),
      makeChange("api", "2.0.0", "2.1.0"),
    ];
    const clusters = [{ cluster: "prod-eu", read: true, changes, problems: [], configuration: [], restarts: [] }];
    server.use(
      previews((request) => {
        asked.push(request);
        const some = changes.filter(({ container }) =>
          request.containers?.some((each) => each.container === container),
        );
        return plan({ clusters: request.containers ? [{ ...clusters[0]!, changes: some }] : clusters });
      }),
    );
    const { user } = open();
    const older = await screen.findByRole("checkbox", { name: /web/ });
    expect(older).not.toBeChecked();
    expect(screen.getByRole("checkbox", { name: /api/ })).toBeChecked();
    expect(screen.getByText("downgrade")).toBeInTheDocument();
    expect(screen.getByText("newer")).toBeInTheDocument();
    expect(await screen.findByRole("button", { name: "Promote 1 image to 1 cluster" })).toBeInTheDocument();
    await vi.waitFor(() => expect(asked.at(-1)?.containers?.map(({ container }) => container)).toEqual(["api"]));
    await user.click(older);
    expect(screen.getByRole("button", { name: "Promote 2 images to 1 cluster" })).toBeInTheDocument();
  });

  it("leaves what is not healthy at the source unticked, and names it in the request once it is ticked", async () => {
    const asked: PromotionRequest[] = [];
    const resource = makeResource("Deployment", "web");
    const problems = [makeProblem({ code: "source-failing", detail: "web fails at the source.", resource })];
    server.use(
      previews((request) => {
        asked.push(request);
        return request.containers ? plan() : plan({ blocked: true, problems });
      }),
    );
    const { user } = open();
    const failing = await screen.findByRole("checkbox", { name: /web/ });
    expect(failing).not.toBeChecked();
    expect(screen.getByText("Not everything is healthy in Staging")).toBeInTheDocument();
    await vi.waitFor(() => expect(asked.at(-1)?.containers?.map(({ container }) => container)).toEqual(["api"]));
    await user.click(failing);
    await vi.waitFor(() => expect(asked.at(-1)?.containers?.map(({ container }) => container)).toEqual(["web", "api"]));
    expect(await screen.findByRole("button", { name: "Promote 2 images to 2 clusters" })).toBeEnabled();
  });

  it("asks for a choice where all images are older, and makes no plan for none", async () => {
    const asked: PromotionRequest[] = [];
    const changes = [makeChange("web", "1.5.0", "1.4.0", { direction: "downgrade" })];
    server.use(
      previews((request) => {
        asked.push(request);
        return plan({
          clusters: [{ cluster: "prod-eu", read: true, changes, problems: [], configuration: [], restarts: [] }],
        });
      }),
    );
    open();
    await screen.findByRole("checkbox", { name: /web/ });
    expect(screen.getByRole("button", { name: /^Promote.*Select at least one container/ })).toBeInTheDocument();
    expect(asked.map(({ containers }) => containers)).toEqual([null]);
  });

  it("lets a container that is blocked be left out, and starts the rest", async () => {
    const blocked = makeChange("web", "1.4.0", "1.5.0", { action: "blocked", unchanged: true });
    const whole = [
      {
        cluster: "prod-eu",
        read: true,
        changes: [blocked, makeChange("api", "2", "3")],
        problems: [],
        configuration: [],
        restarts: [],
      },
    ];
    const rest = [{ ...whole[0]!, changes: [makeChange("api", "2", "3")] }];
    const problems = [makeProblem({ detail: "web cannot be written." })];
    server.use(
      previews(({ containers }) =>
        containers ? plan({ clusters: rest }) : plan({ clusters: whole, blocked: true, problems }),
      ),
    );
    const { user } = open();
    await user.click(await screen.findByRole("checkbox", { name: /web/ }));
    await vi.waitFor(() =>
      expect(screen.getByRole("button", { name: "Promote 1 image to 1 cluster" })).not.toHaveAttribute("aria-disabled"),
    );
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

  it("proposes the plan that it shows, where the target takes approvals", async () => {
    const filed: { promotion: PromotionRequest; comment: string | null }[] = [];
    server.use(
      previews(() => plan({ gates: [makeGate({ kind: "approval" })] })),
      http.post(at("/proposals"), async ({ request }) => {
        filed.push((await request.json()) as (typeof filed)[number]);
        return HttpResponse.json(makeProposal(), { status: 201 });
      }),
    );
    const onProposed = vi.fn();
    const { user } = open(vi.fn(), [], onProposed);
    const button = () => screen.getByRole("button", { name: /^Propose/ });
    await screen.findByLabelText("Why");
    await vi.waitFor(() => expect(button()).not.toHaveAttribute("aria-disabled"));
    await user.click(button());
    await vi.waitFor(() => expect(onProposed).toHaveBeenCalledWith("proposal-1"));
    expect([filed[0]?.promotion.plan_digest, filed[0]?.promotion.target_environment, filed[0]?.comment]).toEqual([
      "sha256:1",
      "Production",
      null,
    ]);
  });

  it("starts without approvals in the target, with a reason, for who may break the glass there", async () => {
    const sent: PromotionRequest[] = [];
    server.use(
      previews(() => plan({ gates: [makeGate({ kind: "approval" })] })),
      http.post(at("/applications/shop/promotions"), async ({ request }) => {
        sent.push((await request.json()) as PromotionRequest);
        return HttpResponse.json(makeOperation(), { status: 202 });
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("checkbox", { name: "Start without approvals" }));
    await user.type(screen.getByLabelText(/^Reason/), "Orders are lost");
    await user.click(screen.getByRole("button", { name: "Start without approvals" }));
    await vi.waitFor(() => expect(sent[0]?.break_glass).toEqual({ reason: "Orders are lost" }));
    expect(sent[0]?.plan_digest).toBe("sha256:1");
  });

  it("offers no start without approvals to who may break the glass elsewhere alone", async () => {
    server.use(
      http.get(at("/me/rights"), () =>
        HttpResponse.json({
          items: [
            ...makeRights("promoter"),
            { right: "break-glass", scopes: [makeScope({ environments: ["Staging"] })] },
          ],
        }),
      ),
      previews(() => plan({ gates: [makeGate({ kind: "approval" })] })),
    );
    open();
    await vi.waitFor(() =>
      expect(screen.getByRole("button", { name: "Propose" })).not.toHaveAttribute("aria-disabled"),
    );
    expect(screen.queryByText("Start without approvals")).not.toBeInTheDocument();
  });

  it("tells a viewer which right promoting requires", async () => {
    server.use(
      holding("viewer"),
      previews(() => plan()),
    );
    open();
    expect(
      await screen.findByRole("button", { name: /Requires the right promote on shop in Production/ }),
    ).toHaveAttribute("aria-disabled", "true");
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
