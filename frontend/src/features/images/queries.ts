import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { PolicyRuleInput } from "@/api/contract";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";
import { byCursor } from "@/api/pages";
import { isChanging, type ImageQuestion } from "./model";

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
    // Where it polls, it does so faster while an image is being evaluated or deployed.
    refetchInterval: ({ state }) => whileNotLive(state.data?.pages[0]?.items.some(isChanging) ? 3_000 : 15_000)(),
  });

export const whyQuery = (application: string, environment: string, { tag, digest }: ImageQuestion) =>
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
    refetchInterval: whileNotLive(5_000),
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

/** The rules' verdict on the known tags and on additional ones. The previous result stays until the next one is there. */
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
