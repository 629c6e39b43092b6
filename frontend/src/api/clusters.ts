/** The registered clusters: what several features have to know of them. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import type { Cluster } from "./contract";
import { keys } from "./keys";

/** All of them, page by page: they are few hundred at the most. */
async function allClusters(signal: AbortSignal): Promise<Cluster[]> {
  const clusters: Cluster[] = [];
  let cursor: string | undefined;
  do {
    const page = await body(api.GET("/api/v1/clusters", { params: { query: { limit: 200, cursor } }, signal }));
    clusters.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return clusters;
}

export const clustersQuery = queryOptions({
  queryKey: keys.clusters.all,
  queryFn: ({ signal }) => allClusters(signal),
  refetchInterval: 30_000,
});
