import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { AuditFilter } from "@/api/contract";
import { keys } from "@/api/keys";
import { byCursor } from "@/api/pages";

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: keys.audit(filter),
    queryFn: ({ pageParam, signal }) =>
      body(api.GET("/api/v1/audit", { params: { query: { ...filter, cursor: pageParam, limit: 50 } }, signal })),
    ...byCursor,
    staleTime: 2_000,
  });
