import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";
import { ordered } from "./model";

/** The effect of setting a deploy mode, never cached. */
export const deployModePreviewQuery = (application: string, environment: string, mode: "manual" | "auto") =>
  queryOptions({
    queryKey: keys.applications.deployModePreview(application, environment, mode),
    queryFn: ({ signal }) =>
      body(
        api.POST("/api/v1/applications/{application}/environments/{environment}/deploy-mode/preview", {
          params: { path: { application, environment } },
          body: { deploy_mode: mode },
          signal,
        }),
      ),
    staleTime: 0,
    gcTime: 0,
  });

export const overviewQuery = (application: string) =>
  queryOptions({
    queryKey: keys.applications.overview(application),
    queryFn: async ({ signal }) =>
      ordered(
        await body(
          api.GET("/api/v1/applications/{application}/overview", { params: { path: { application } }, signal }),
        ),
      ),
    staleTime: 1_000,
    // What has not changed is not sent again (304), and no cluster is asked.
    refetchInterval: whileNotLive(2_000),
  });
