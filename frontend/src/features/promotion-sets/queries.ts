import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";

export const promotionSetQuery = (id: string) =>
  queryOptions({
    queryKey: keys.promotionSets.one(id),
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/promotion-sets/{promotion_set}", { params: { path: { promotion_set: id } }, signal })),
    staleTime: 0,
    refetchInterval: (query) => whileNotLive(query.state.data && query.state.data.ended_at === null ? 2_000 : 20_000)(),
  });

export const groupsQuery = queryOptions({
  queryKey: keys.applicationGroups,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/application-groups", { signal }))).items,
  staleTime: 30_000,
});
