/** Changes that take people's approval: filed where changes are started, decided on pages of their own. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "./client";
import type { ProposalCreate } from "./contract";
import { keys } from "./keys";
import { whileNotLive } from "./live-status";

export const proposalQuery = (proposal: string) =>
  queryOptions({
    queryKey: keys.proposals.one(proposal),
    queryFn: ({ signal }) => body(api.GET("/api/v1/proposals/{proposal}", { params: { path: { proposal } }, signal })),
    staleTime: 0,
    // Others vote meanwhile.
    refetchInterval: whileNotLive(10_000),
  });

interface FileOptions {
  /** Called before anything is read again: the dialog may be unmounted by what is read. */
  onFiled: (proposal: string) => void;
  onError: (error: unknown) => void;
}

/** Files a change that takes approval. */
export function useFileProposal({ onFiled, onError }: FileOptions) {
  const queryClient = useQueryClient();
  return useMutation({
    // A request may hold Secret values: it is not kept after the call.
    gcTime: 0,
    mutationFn: (proposal: ProposalCreate) => body(api.POST("/api/v1/proposals", { body: proposal })),
    onSuccess: ({ id }) => {
      onFiled(id);
      return queryClient.invalidateQueries({ queryKey: keys.proposals.all });
    },
    onError,
  });
}
