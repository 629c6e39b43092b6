import { api, body } from "@/api/client";
import type { PromotionRequest } from "@/api/contract";

export const previewPromotion = (application: string, request: PromotionRequest, signal: AbortSignal) =>
  body(
    api.POST("/api/v1/applications/{application}/promotions/preview", {
      params: { path: { application } },
      body: request,
      signal,
    }),
  );

export const startPromotion = (application: string, request: PromotionRequest, idempotencyKey: string) =>
  body(
    api.POST("/api/v1/applications/{application}/promotions", {
      params: { path: { application }, header: { "Idempotency-Key": idempotencyKey } },
      body: request,
    }),
  );
