import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { ordered } from "./model";

export const overviewQuery = (application: string) =>
  queryOptions({
    queryKey: keys.applications.overview(application),
    queryFn: async ({ signal }) =>
      ordered(
        await body(
          api.GET("/api/v1/applications/{application}/overview", { params: { path: { application } }, signal }),
        ),
      ),
    staleTime: 3_000,
    // While something is under way somewhere the picture moves; else a glance now and then is enough.
    refetchInterval: ({ state }) =>
      state.data?.environments.some((each) => each.active_operation || each.health === "progressing") ? 3_000 : 15_000,
  });
