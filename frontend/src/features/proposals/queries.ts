import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { Proposal, ProposalState, VoteCreate } from "@/api/contract";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";
import { allPages, byCursor, PAGE_LIMIT } from "@/api/pages";

export const proposalsQuery = (state: ProposalState | null) =>
  infiniteQueryOptions({
    queryKey: keys.proposals.list({ state }),
    queryFn: ({ pageParam, signal }) =>
      body(api.GET("/api/v1/proposals", { params: { query: { state, cursor: pageParam, limit: 50 } }, signal })),
    ...byCursor,
    staleTime: 2_000,
    refetchInterval: whileNotLive(15_000),
  });

/** Whether the caller has filed it. The service says so: names may be shared by people of several providers. */
export const filedByMeQuery = ({ id, applications: [application], environment }: Proposal) =>
  queryOptions({
    queryKey: keys.proposals.mine(id),
    queryFn: async ({ signal }) => {
      const where = { application, environment, state: "waiting" as const, mine: true, limit: PAGE_LIMIT };
      const { items } = await allPages((cursor) =>
        body(api.GET("/api/v1/proposals", { params: { query: { ...where, cursor } }, signal })),
      );
      return items.some((each) => each.id === id);
    },
    staleTime: Infinity,
  });

/** A last vote starts an operation. */
function useRefresh() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.proposals.all }),
      queryClient.invalidateQueries({ queryKey: keys.applications.all }),
      queryClient.invalidateQueries({ queryKey: keys.operations.all }),
    ]);
}

export function useVote(proposal: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (vote: VoteCreate) =>
      body(api.POST("/api/v1/proposals/{proposal}/votes", { params: { path: { proposal } }, body: vote })),
    // Also after a refusal: somebody else may have decided it meanwhile.
    onSettled: refresh,
  });
}

export function useWithdraw(proposal: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (reason: string | null) =>
      body(api.POST("/api/v1/proposals/{proposal}/withdraw", { params: { path: { proposal } }, body: { reason } })),
    onSettled: refresh,
  });
}
