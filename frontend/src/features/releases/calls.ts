import { api, body } from "@/api/client";
import type { RollbackRequest } from "@/api/contract";

/** Rolls back to a release; a cluster whose rollout fails is undone. */
export const rollbackRequest = (release: number): RollbackRequest => ({
  release,
  strategy: { on_failure: "roll-back", waves: null },
  plan_digest: null,
});

export const previewRollback = (application: string, environment: string, release: number, signal: AbortSignal) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/rollback/preview", {
      params: { path: { application, environment } },
      body: rollbackRequest(release),
      signal,
    }),
  );

export const startRollback = (
  application: string,
  environment: string,
  request: RollbackRequest,
  idempotencyKey: string,
) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/rollback", {
      params: { path: { application, environment }, header: { "Idempotency-Key": idempotencyKey } },
      body: request,
    }),
  );
