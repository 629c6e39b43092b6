import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { RollbackRequest } from "@/api/contract";
import { keys } from "@/api/keys";
import { byCursor } from "@/api/pages";

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

export const rollbackRequest = (release: number): RollbackRequest => ({
  release,
  strategy: { on_failure: "roll-back", waves: null },
  plan_digest: null,
});

/** What going back would do. A plan grows old at once: it is read whenever the dialog opens. */
export const rollbackPlanQuery = (application: string, environment: string, release: number) =>
  queryOptions({
    queryKey: keys.applications.rollbackPlan(application, environment, release),
    queryFn: ({ signal }) =>
      body(
        api.POST("/api/v1/applications/{application}/environments/{environment}/rollback/preview", {
          params: { path: { application, environment } },
          body: rollbackRequest(release),
          signal,
        }),
      ),
    staleTime: 0,
    gcTime: 0,
  });
