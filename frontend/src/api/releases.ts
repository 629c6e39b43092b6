/** The releases of an app environment, which several features show. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";
import { byCursor } from "./pages";

export const releasesQuery = (application: string, environment: string) =>
  infiniteQueryOptions({
    queryKey: keys.applications.releases(application, environment),
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/v1/applications/{application}/environments/{environment}/releases", {
          params: { path: { application, environment }, query: { cursor: pageParam, limit: 20 } },
          signal,
        }),
      ),
    ...byCursor,
  });
