import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { allPages, PAGE_LIMIT } from "@/api/pages";

export const trustsQuery = queryOptions({
  queryKey: keys.trusts,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/trusts", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
});
