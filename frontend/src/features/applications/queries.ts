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
  // A page of an application judges the same facts: coming from there, the matrix shows no older judgement.
  staleTime: 3_000,
  refetchInterval: ({ state }) =>
    state.data?.items.some(({ cells }) => cells.some((cell) => cell.active_operation || cell.health === "progressing"))
      ? 5_000
      : 20_000,
});
