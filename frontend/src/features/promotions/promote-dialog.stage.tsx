/** The promote dialog as its tests open it, from Staging to Production. */
import { http, HttpResponse } from "msw";
import { vi } from "vitest";
import type { PromotionPlan, PromotionRequest } from "@/api/contract";
import { at } from "@/test/handlers";
import { render } from "@/test/render";
import type { OfferedImage } from "./model";
import { PromoteDialog } from "./promote-dialog";

/** Answers previews of promotions. */
export const previews = (answer: (request: PromotionRequest) => PromotionPlan) =>
  http.post(at("/applications/shop/promotions/preview"), async ({ request }) =>
    HttpResponse.json(answer((await request.json()) as PromotionRequest)),
  );

export const open = (onStarted = vi.fn(), offered: OfferedImage[] = [], onProposed = vi.fn()) =>
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
