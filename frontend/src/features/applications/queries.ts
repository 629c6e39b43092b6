import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";
import { allPages, PAGE_LIMIT } from "@/api/pages";

export const matrixQuery = queryOptions({
  queryKey: keys.applications.matrix,
  queryFn: ({ signal }) =>
    allPages((cursor) =>
      body(api.GET("/api/v1/overview", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    ),
  // A page of an application shows the same judgements: coming from there, the matrix shows no older ones.
  staleTime: 1_000,
  // What has not changed is not sent again (304), and no cluster is asked.
  refetchInterval: whileNotLive(3_000),
});
