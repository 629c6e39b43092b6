/** Rolls back to a release, or takes back what one operation changed. */
import { api, body } from "./client";
import type { RollbackRequest } from "./contract";

export const previewRollback = (
  application: string,
  environment: string,
  request: RollbackRequest,
  signal: AbortSignal,
) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/rollback/preview", {
      params: { path: { application, environment } },
      body: request,
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
