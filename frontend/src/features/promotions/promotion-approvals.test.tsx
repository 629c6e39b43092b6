import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { PromotionRequest } from "@/api/contract";
import { makeGate } from "@/test/gate-factories";
import { at, holding } from "@/test/handlers";
import { makeOperation } from "@/test/operation-factories";
import { makeImagePlan as plan } from "@/test/plan-factories";
import { makeProposal } from "@/test/proposal-factories";
import { makeRights, makeScope } from "@/test/rights-factories";
import { server } from "@/test/server";
import { open, previews } from "./promote-dialog.stage";

describe("a promotion that takes approvals or rights", () => {
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
});
