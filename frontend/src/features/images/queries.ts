import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { PolicyRuleInput } from "@/api/contract";
import { keys } from "@/api/keys";
import { byCursor } from "@/api/pages";
import { isMoving, type Asked } from "./model";

export const imagesQuery = (application: string, environment: string) =>
  infiniteQueryOptions({
    queryKey: keys.applications.images(application, environment),
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/v1/applications/{application}/environments/{environment}/images", {
          params: { path: { application, environment }, query: { cursor: pageParam, limit: 10 } },
          signal,
        }),
      ),
    ...byCursor,
    // While something is being decided or rolled out the list moves.
    refetchInterval: ({ state }) => (state.data?.pages[0]?.items.some(isMoving) ? 3_000 : 15_000),
  });

export const whyQuery = (application: string, environment: string, { tag, digest }: Asked) =>
  queryOptions({
    queryKey: keys.applications.why(application, environment, { tag, digest }),
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/applications/{application}/environments/{environment}/images/{tag}", {
          params: { path: { application, environment, tag }, query: { digest } },
          signal,
        }),
      ),
    staleTime: 0,
    refetchInterval: 5_000,
  });

export const policiesQuery = (application: string, environment: string) =>
  queryOptions({
    queryKey: keys.applications.imagePolicies(application, environment),
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/applications/{application}/environments/{environment}/image-policies", {
          params: { path: { application, environment } },
          signal,
        }),
      ),
  });

/** What rules would make of the tags that are known, and of some that are not. What was seen last stays until the next. */
export const policyPreviewQuery = (
  application: string,
  environment: string,
  rules: PolicyRuleInput[],
  tags: readonly string[],
) =>
  queryOptions({
    queryKey: keys.applications.policyPreview(application, environment, { rules, tags }),
    queryFn: ({ signal }) =>
      body(
        api.POST("/api/v1/applications/{application}/environments/{environment}/image-policies/preview", {
          params: { path: { application, environment } },
          body: { rules, tags: [...tags] },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
