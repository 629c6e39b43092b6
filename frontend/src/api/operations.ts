import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";
import { whileNotLive } from "./live-status";

export const operationQuery = (id: string) =>
  queryOptions({
    queryKey: keys.operations.one(id),
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/operations/{operation}", { params: { path: { operation: id } }, signal })),
    staleTime: 0,
    // Events update the page; polling detects that another user has retried an ended operation.
    refetchInterval: whileNotLive(20_000),
  });
