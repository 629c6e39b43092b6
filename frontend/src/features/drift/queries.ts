import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";

export const driftQuery = queryOptions({
  queryKey: keys.drift,
  queryFn: async ({ signal }) => body(api.GET("/api/v1/drift", { params: { query: { limit: 200 } }, signal })),
  refetchInterval: whileNotLive(5_000),
});
