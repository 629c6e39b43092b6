/** What clusters missed while they did not answer. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";
import { whileNotLive } from "./live-status";

export const catchUpsQuery = (application: string) =>
  queryOptions({
    queryKey: keys.applications.catchUps(application),
    queryFn: async ({ signal }) =>
      (
        await body(
          api.GET("/api/v1/applications/{application}/catch-ups", { params: { path: { application } }, signal }),
        )
      ).items,
    staleTime: 10_000,
    refetchInterval: whileNotLive(30_000),
  });
