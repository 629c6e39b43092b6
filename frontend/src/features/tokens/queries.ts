import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { allPages, PAGE_LIMIT } from "@/api/pages";

/** All tokens, revoked and expired ones included. */
export const tokensQuery = queryOptions({
  queryKey: keys.tokens,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/tokens", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
  refetchInterval: 60_000,
});
