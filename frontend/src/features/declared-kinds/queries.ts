import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";

export const declaredKindsQuery = queryOptions({
  queryKey: keys.declaredKinds,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/declared-kinds", { signal }))).items,
  refetchInterval: whileNotLive(30_000),
});
