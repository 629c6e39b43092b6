import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";

export const freezesQuery = queryOptions({
  queryKey: keys.freezes.list,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/freezes", { signal }))).items,
  staleTime: 10_000,
  refetchInterval: whileNotLive(60_000),
});

/** When freezes are open between two moments. */
export const freezeCalendarQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: keys.freezes.calendar(from, to),
    queryFn: async ({ signal }) =>
      (await body(api.GET("/api/v1/freezes/calendar", { params: { query: { from, to } }, signal }))).items,
    staleTime: 10_000,
    refetchInterval: whileNotLive(60_000),
    placeholderData: keepPreviousData,
  });
