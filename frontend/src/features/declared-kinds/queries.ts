import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";

export const declaredKindsQuery = queryOptions({
  queryKey: keys.declaredKinds,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/declared-kinds", { signal }))).items,
  refetchInterval: 30_000, // the stream of changes does not tell of them
});
