import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { allPages, PAGE_LIMIT } from "@/api/pages";

export const matrixQuery = queryOptions({
  queryKey: keys.applications.matrix,
  queryFn: ({ signal }) =>
    allPages((cursor) =>
      body(api.GET("/api/v1/overview", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    ),
  refetchInterval: 20_000,
});
