import { api, body } from "@/api/client";
import type { AdoptRequest } from "@/api/contract";

export const previewAdoption = (application: string, environment: string, request: AdoptRequest, signal: AbortSignal) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/adopt/preview", {
      params: { path: { application, environment } },
      body: request,
      signal,
    }),
  );

export const adopt = (application: string, environment: string, request: AdoptRequest) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/adopt", {
      params: { path: { application, environment } },
      body: request,
    }),
  );
