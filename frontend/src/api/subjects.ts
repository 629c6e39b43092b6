/** Whom roles are given to: several features list them. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";
import { whileNotLive } from "./live-status";
import { allPages, PAGE_LIMIT } from "./pages";

/** Everybody who has signed in through an OpenID provider, the newest first. */
export const peopleQuery = queryOptions({
  queryKey: keys.people.list,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/people", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
  refetchInterval: whileNotLive(60_000),
});

/** The service accounts that the user sees. */
export const accountsQuery = queryOptions({
  queryKey: keys.serviceAccounts.list,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/service-accounts", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
});

/** The trusts of CI jobs. */
export const trustsQuery = queryOptions({
  queryKey: keys.trusts,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/trusts", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
});
