/** An application, and an application in an environment, which several features show. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";
import { allPages, PAGE_LIMIT } from "./pages";

export const applicationQuery = (application: string) =>
  queryOptions({
    queryKey: keys.applications.one(application),
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/applications/{application}", { params: { path: { application } }, signal })),
    staleTime: 60_000,
  });

/** The application in one environment, with its settings. */
export const appEnvironmentQuery = (application: string, environment: string) =>
  queryOptions({
    queryKey: keys.applications.environment(application, environment),
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/applications/{application}/environments/{environment}", {
          params: { path: { application, environment } },
          signal,
        }),
      ),
    staleTime: 30_000,
  });

/** The names of all applications, for forms to choose from. */
export const applicationNamesQuery = queryOptions({
  queryKey: keys.applications.names,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/applications", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items.map(({ name }) => name);
  },
});
