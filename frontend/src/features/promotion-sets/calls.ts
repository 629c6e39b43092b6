import { api, body } from "@/api/client";
import type { PromotionSet, PromotionSetCreate, PromotionSetRollback } from "@/api/contract";

export const previewSet = (request: PromotionSetCreate, signal: AbortSignal) =>
  body(api.POST("/api/v1/promotion-sets/preview", { body: request, signal }));

export const startSet = (request: PromotionSetCreate, idempotencyKey: string) =>
  body(
    api.POST("/api/v1/promotion-sets", {
      params: { header: { "Idempotency-Key": idempotencyKey } },
      body: request,
    }),
  );

export const previewSetRollback = (set: string, request: PromotionSetRollback, signal: AbortSignal) =>
  body(
    api.POST("/api/v1/promotion-sets/{promotion_set}/rollback/preview", {
      params: { path: { promotion_set: set } },
      body: request,
      signal,
    }),
  );

export const startSetRollback = (set: string, request: PromotionSetRollback, idempotencyKey: string) =>
  body(
    api.POST("/api/v1/promotion-sets/{promotion_set}/rollback", {
      params: { path: { promotion_set: set }, header: { "Idempotency-Key": idempotencyKey } },
      body: request,
    }),
  );

export type Decision = "cancel" | "continue" | "undo" | "retry";

/** What a person decides about a set. */
export function decideSet(set: string, decision: Decision): Promise<PromotionSet> {
  const params = { path: { promotion_set: set } };
  switch (decision) {
    case "cancel":
      return body(api.POST("/api/v1/promotion-sets/{promotion_set}/cancel", { params }));
    case "continue":
      return body(api.POST("/api/v1/promotion-sets/{promotion_set}/continue", { params }));
    case "undo":
      return body(api.POST("/api/v1/promotion-sets/{promotion_set}/undo", { params }));
    case "retry":
      return body(api.POST("/api/v1/promotion-sets/{promotion_set}/retry", { params }));
  }
}

export const saveGroup = (group: string, applications: string[]) =>
  body(
    api.PUT("/api/v1/application-groups/{group}", {
      params: { path: { group } },
      body: { applications },
    }),
  );
