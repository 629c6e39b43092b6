import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { OperationFilter } from "@/api/contract";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";
import { byCursor } from "@/api/pages";

export const operationsQuery = (filter: OperationFilter) =>
  infiniteQueryOptions({
    queryKey: keys.operations.list(filter),
    queryFn: ({ pageParam, signal }) =>
      body(api.GET("/api/v1/operations", { params: { query: { ...filter, cursor: pageParam, limit: 50 } }, signal })),
    ...byCursor,
    staleTime: 2_000,
    refetchInterval: whileNotLive(15_000),
  });
