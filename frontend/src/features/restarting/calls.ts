import { api, body } from "@/api/client";
import type { RestartRequest } from "@/api/contract";

export const previewRestart = (
  application: string,
  environment: string,
  request: RestartRequest,
  signal: AbortSignal,
) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/restart/preview", {
      params: { path: { application, environment } },
      body: request,
      signal,
    }),
  );

export const startRestart = (
  application: string,
  environment: string,
  request: RestartRequest,
  idempotencyKey: string,
) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/restart", {
      params: { path: { application, environment }, header: { "Idempotency-Key": idempotencyKey } },
      body: request,
    }),
  );
