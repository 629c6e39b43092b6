import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { OperationFilter } from "@/api/contract";
import { keys } from "@/api/keys";
import { byCursor } from "@/api/pages";

export const operationQuery = (id: string) =>
  queryOptions({
    queryKey: keys.operations.one(id),
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/operations/{operation}", { params: { path: { operation: id } }, signal })),
    staleTime: 0,
    // Events update the page; polling detects that another user has retried an ended operation.
    refetchInterval: 20_000,
  });

export const operationsQuery = (filter: OperationFilter) =>
  infiniteQueryOptions({
    queryKey: keys.operations.list(filter),
    queryFn: ({ pageParam, signal }) =>
      body(api.GET("/api/v1/operations", { params: { query: { ...filter, cursor: pageParam, limit: 50 } }, signal })),
    ...byCursor,
    staleTime: 2_000,
    refetchInterval: 15_000,
  });
