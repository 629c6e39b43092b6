import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { ConfigureRequest } from "@/api/contract";

const paths = (application: string, environment: string) => ({ application, environment });

/** The service's check of YAML while the user types; it asks no cluster. */
export const checkQuery = (manifests: string) =>
  queryOptions({
    queryKey: ["configuring", "check", manifests],
    queryFn: ({ signal }) => body(api.POST("/api/v1/manifests/validate", { body: { manifests }, signal })),
    staleTime: Infinity,
    // The text may hold a Secret's value: the cache drops it as soon as nothing shows it.
    gcTime: 0,
  });

export const previewConfigure = (
  application: string,
  environment: string,
  request: ConfigureRequest,
  signal: AbortSignal,
) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/configure/preview", {
      params: { path: paths(application, environment) },
      body: request,
      signal,
    }),
  );

export const startConfigure = (
  application: string,
  environment: string,
  request: ConfigureRequest,
  idempotencyKey: string,
) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/configure", {
      params: { path: paths(application, environment), header: { "Idempotency-Key": idempotencyKey } },
      body: request,
    }),
  );
