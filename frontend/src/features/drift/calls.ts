import { api, body } from "@/api/client";
import type { AcceptRequest } from "@/api/contract";

export const previewAccept = (application: string, environment: string, request: AcceptRequest, signal: AbortSignal) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/accept/preview", {
      params: { path: { application, environment } },
      body: request,
      signal,
    }),
  );

export const accept = (application: string, environment: string, request: AcceptRequest) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/accept", {
      params: { path: { application, environment } },
      body: request,
    }),
  );
