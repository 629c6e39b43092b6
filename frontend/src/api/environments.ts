/** Environments and their namespaces, which several features read. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";

export const environmentsQuery = queryOptions({
  queryKey: keys.environments.list,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/environments", { signal }))).items,
  staleTime: 30_000,
});

export const environmentNamespacesQuery = (environment: string) =>
  queryOptions({
    queryKey: keys.environments.namespaces(environment),
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/environments/{environment}/namespaces", { params: { path: { environment } }, signal })),
    staleTime: 60_000,
  });

/** The application's settings in each environment, by rank. */
export const appEnvironmentsQuery = (application: string) =>
  queryOptions({
    queryKey: keys.applications.environments(application),
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/applications/{application}/environments", { params: { path: { application } }, signal })),
    staleTime: 10_000,
  });
