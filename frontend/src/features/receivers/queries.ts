import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { DeliveryFate } from "@/api/contract";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";
import { allPages, byCursor, PAGE_LIMIT } from "@/api/pages";

export const receiversQuery = queryOptions({
  queryKey: keys.receivers.list,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/receivers", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
  refetchInterval: whileNotLive(15_000),
});

export const receiverQuery = (receiver: string) =>
  queryOptions({
    queryKey: keys.receivers.one(receiver),
    queryFn: ({ signal }) => body(api.GET("/api/v1/receivers/{receiver}", { params: { path: { receiver } }, signal })),
    refetchInterval: whileNotLive(15_000),
  });

/** The registry types and their settings, which are constant while the service runs. */
export const providersQuery = queryOptions({
  queryKey: keys.providers,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/providers", { signal }))).items,
  staleTime: Infinity,
});

export const deliveriesQuery = (receiver: string, fate: DeliveryFate | undefined) =>
  infiniteQueryOptions({
    queryKey: keys.receivers.deliveries(receiver, fate ?? null),
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/v1/receivers/{receiver}/deliveries", {
          params: { path: { receiver }, query: { fate, limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    ...byCursor,
    refetchInterval: whileNotLive(5_000),
  });
