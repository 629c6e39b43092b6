import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { ConfigureRequest } from "@/api/contract";

const paths = (application: string, environment: string) => ({ application, environment });

/** What the service says of YAML while it is being typed; no cluster is asked. */
export const checkQuery = (manifests: string) =>
  queryOptions({
    queryKey: ["configuring", "check", manifests],
    queryFn: ({ signal }) => body(api.POST("/api/v1/manifests/validate", { body: { manifests }, signal })),
    staleTime: Infinity,
    // The text may hold a Secret's value: it is not kept once it is not shown.
    gcTime: 0,
  });

/** What configuring would do on every cluster. */
export const previewConfigure = (application: string, environment: string, request: ConfigureRequest) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/configure/preview", {
      params: { path: paths(application, environment) },
      body: request,
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
