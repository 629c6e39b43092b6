import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";
import { byCursor } from "@/api/pages";
import { browserZone } from "@/lib/zones";
import { kindsOf, spanOf, type Shown } from "./model";

/** The shown part of a timeline. Its span of time is reckoned when it is read: what is asked for moves with the clock. */
export const timelineQuery = (application: string, environment: string, shown: Shown) =>
  infiniteQueryOptions({
    queryKey: keys.applications.timeline(application, environment, shown),
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/v1/applications/{application}/environments/{environment}/timeline", {
          params: {
            path: { application, environment },
            query: {
              ...spanOf(shown, new Date(), browserZone()),
              kinds: kindsOf(shown.only),
              cursor: pageParam,
              limit: 100,
            },
          },
          signal,
        }),
      ),
    ...byCursor,
    refetchInterval: whileNotLive(10_000),
  });
