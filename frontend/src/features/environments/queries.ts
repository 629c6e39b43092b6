import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";

/** What changes take in environments; those that are not among them take no approval. */
export const approvalPoliciesQuery = queryOptions({
  queryKey: keys.approvalPolicies,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/approval-policies", { signal }))).items,
  staleTime: 30_000,
});
