/** The registered clusters, which several features read. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";
import { whileNotLive } from "./live-status";
import { allPages, PAGE_LIMIT } from "./pages";

export const clustersQuery = queryOptions({
  queryKey: keys.clusters.all,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/clusters", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
  refetchInterval: whileNotLive(30_000),
});
