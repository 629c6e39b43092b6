import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { DeliveryFate, Receiver } from "@/api/contract";
import { keys } from "@/api/keys";

/** All of them, page by page. */
async function allReceivers(signal: AbortSignal): Promise<Receiver[]> {
  const receivers: Receiver[] = [];
  let cursor: string | undefined;
  do {
    const page = await body(api.GET("/api/v1/receivers", { params: { query: { limit: 200, cursor } }, signal }));
    receivers.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return receivers;
}

export const receiversQuery = queryOptions({
  queryKey: keys.receivers.list,
  queryFn: ({ signal }) => allReceivers(signal),
  refetchInterval: 15_000,
});

export const receiverQuery = (receiver: string) =>
  queryOptions({
    queryKey: keys.receivers.one(receiver),
    queryFn: ({ signal }) => body(api.GET("/api/v1/receivers/{receiver}", { params: { path: { receiver } }, signal })),
    refetchInterval: 15_000,
  });

/** What the kinds of registries need: the same as long as the service is. */
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
          params: { path: { receiver }, query: { fate, limit: 50, cursor: pageParam ?? undefined } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: 5_000,
  });

/** The applications that a receiver may be for. */
export const applicationNamesQuery = queryOptions({
  queryKey: keys.applications.names,
  queryFn: async ({ signal }) => {
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await body(api.GET("/api/v1/applications", { params: { query: { limit: 200, cursor } }, signal }));
      names.push(...page.items.map(({ name }) => name));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return names;
  },
});
