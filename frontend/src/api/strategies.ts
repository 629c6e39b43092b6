/** What the service says of a strategy before an operation is started with it. */
import { keepPreviousData, queryOptions, skipToken } from "@tanstack/react-query";
import { api, body } from "./client";
import type { Strategy } from "./contract";
import { keys } from "./keys";

/** The clusters of each ring; an error where an operation of these applications could not be started with it. */
export const strategyPreviewQuery = (environment: string, applications: string[], strategy: Strategy | null) =>
  queryOptions({
    queryKey: keys.environments.strategyPreview(environment, { applications, strategy }),
    queryFn:
      strategy && applications.length > 0
        ? ({ signal }) =>
            body(
              api.POST("/api/v1/environments/{environment}/strategy/preview", {
                params: { path: { environment } },
                body: { applications, strategy },
                signal,
              }),
            )
        : skipToken,
    // While it is asked about the next letter that is typed, the rings stay where they are.
    placeholderData: keepPreviousData,
    retry: false,
  });
