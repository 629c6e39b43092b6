import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";

/** Reads the clusters, and owners change rarely: therefore read once a minute at most, and never polled. */
export const ownershipQuery = (application: string, environment: string) =>
  queryOptions({
    queryKey: keys.applications.ownership(application, environment),
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/applications/{application}/environments/{environment}/ownership", {
          params: { path: { application, environment } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });
