import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { PromotionRequest } from "@/api/contract";
import { keys } from "@/api/keys";

/** What a promotion would do. Read anew whenever the dialog opens: a plan grows old at once. */
export const promotionPlanQuery = (application: string, request: PromotionRequest) =>
  queryOptions({
    queryKey: keys.applications.promotionPlan(application, request),
    queryFn: ({ signal }) =>
      body(
        api.POST("/api/v1/applications/{application}/promotions/preview", {
          params: { path: { application } },
          body: request,
          signal,
        }),
      ),
    staleTime: 0,
    gcTime: 0,
  });
