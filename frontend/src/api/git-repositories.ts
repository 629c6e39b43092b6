/** The stored Git repositories, which their own page and the choice of a delivery show. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";
import { allPages, PAGE_LIMIT } from "./pages";

export const gitRepositoriesQuery = queryOptions({
  queryKey: keys.gitRepositories,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/git-repositories", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
  refetchInterval: 30_000, // the stream of changes does not tell of them
});
