import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";
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
  refetchInterval: whileNotLive(60_000),
});

/** The tokens of the person who is signed in. */
export const myTokensQuery = queryOptions({
  queryKey: keys.myTokens,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/me/tokens", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
  refetchInterval: whileNotLive(60_000),
});

export const accountTokensQuery = (account: string) =>
  queryOptions({
    queryKey: keys.serviceAccounts.tokens(account),
    queryFn: async ({ signal }) => {
      const { items } = await allPages((cursor) =>
        body(
          api.GET("/api/v1/service-accounts/{service_account}/tokens", {
            params: { path: { service_account: account }, query: { limit: PAGE_LIMIT, cursor } },
            signal,
          }),
        ),
      );
      return items;
    },
  });
