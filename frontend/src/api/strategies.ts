/** What the service says of a strategy before an operation is started with it. */
import { keepPreviousData, queryOptions, skipToken } from "@tanstack/react-query";
import { api, body } from "./client";
import type { Strategy } from "./contract";
import { keys } from "./keys";

/** While it is asked about the next letter that is typed, the rings stay where they are. */
const whileTyped = { placeholderData: keepPreviousData, retry: false } as const;

/** The clusters of each ring; an error where an operation of these applications could not be started with it. */
export const strategyPreviewQuery = (environment: string, applications: readonly string[], strategy: Strategy | null) =>
  queryOptions({
    queryKey: keys.environments.strategyPreview(environment, { applications, strategy }),
    queryFn:
      strategy && applications.length > 0
        ? ({ signal }) =>
            body(
              api.POST("/api/v1/environments/{environment}/strategy/preview", {
                params: { path: { environment } },
                body: { applications: [...applications], strategy },
                signal,
              }),
            )
        : skipToken,
    ...whileTyped,
  });

/** The clusters of each ring; an error where the strategy could not become the environment's own. */
export const ownStrategyPreviewQuery = (environment: string, strategy: Strategy | null) =>
  queryOptions({
    queryKey: keys.environments.strategyPreview(environment, { applications: null, strategy }),
    queryFn: strategy
      ? ({ signal }) =>
          body(
            api.POST("/api/v1/environments/{environment}/strategy/preview-own", {
              params: { path: { environment } },
              body: { strategy },
              signal,
            }),
          )
      : skipToken,
    ...whileTyped,
  });
