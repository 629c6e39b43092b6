import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";

/** The source's resources, and whether each can be copied. */
export const sourceResourcesQuery = (application: string, environment: string, cluster: string | null) =>
  queryOptions({
    queryKey: keys.applications.resources(application, environment, cluster),
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/applications/{application}/environments/{environment}/resources", {
          params: { path: { application, environment }, query: { cluster: cluster ?? undefined } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });
