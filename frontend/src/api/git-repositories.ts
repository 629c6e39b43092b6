/** The stored Git repositories, which their own page and the choice of a delivery show. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";
import { whileNotLive } from "./live-status";
import { allPages, PAGE_LIMIT } from "./pages";

export const gitRepositoriesQuery = queryOptions({
  queryKey: keys.gitRepositories,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/git-repositories", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
  refetchInterval: whileNotLive(30_000),
});
