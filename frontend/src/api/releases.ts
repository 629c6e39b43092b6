/** The releases of an app environment, which several features show. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";
import { allPages, byCursor, PAGE_LIMIT } from "./pages";

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

/** All of them, for a choice among them. */
export const allReleasesQuery = (application: string, environment: string) =>
  queryOptions({
    queryKey: keys.applications.allReleases(application, environment),
    queryFn: async ({ signal }) => {
      const read = (cursor: string | undefined) =>
        body(
          api.GET("/api/v1/applications/{application}/environments/{environment}/releases", {
            params: { path: { application, environment }, query: { cursor, limit: PAGE_LIMIT } },
            signal,
          }),
        );
      return (await allPages(read)).items;
    },
    staleTime: 30_000,
  });
