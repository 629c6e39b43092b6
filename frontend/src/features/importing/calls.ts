import { api, body } from "@/api/client";
import type { ImportRequest } from "@/api/contract";

export const previewImport = (application: string, environment: string, request: ImportRequest, signal: AbortSignal) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/import/preview", {
      params: { path: { application, environment } },
      body: request,
      signal,
    }),
  );

export const startImport = (application: string, environment: string, request: ImportRequest, idempotencyKey: string) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/import", {
      params: { path: { application, environment }, header: { "Idempotency-Key": idempotencyKey } },
      body: request,
    }),
  );
