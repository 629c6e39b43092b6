import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { OutboxState } from "@/api/contract";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";
import { allPages, byCursor, PAGE_LIMIT } from "@/api/pages";

export const channelsQuery = queryOptions({
  queryKey: keys.channels.list,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/channels", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
  refetchInterval: whileNotLive(15_000),
});

export const notificationRoutesQuery = queryOptions({
  queryKey: keys.notificationRoutes,
  queryFn: async ({ signal }) => {
    const { items } = await allPages((cursor) =>
      body(api.GET("/api/v1/notification-routes", { params: { query: { limit: PAGE_LIMIT, cursor } }, signal })),
    );
    return items;
  },
});

export const notificationsQuery = (channel: string, state: OutboxState | undefined) =>
  infiniteQueryOptions({
    queryKey: keys.channels.notifications(channel, state ?? null),
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/v1/channels/{channel}/notifications", {
          params: { path: { channel }, query: { state, limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    ...byCursor,
    refetchInterval: whileNotLive(5_000),
  });
