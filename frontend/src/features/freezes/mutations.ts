import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { FreezeInput } from "@/api/contract";
import { keys } from "@/api/keys";

function useRefresh() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.freezes.all }),
      queryClient.invalidateQueries({ queryKey: keys.applications.all }),
    ]);
}

/** Creates a freeze, or replaces one. */
export function useSaveFreeze(freeze: string | null) {
  return useMutation({
    mutationFn: (input: FreezeInput) =>
      freeze === null
        ? body(api.POST("/api/v1/freezes", { body: input }))
        : body(api.PUT("/api/v1/freezes/{freeze}", { params: { path: { freeze } }, body: input })),
    onSuccess: useRefresh(),
  });
}

export function useDeleteFreeze(freeze: string) {
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/freezes/{freeze}", { params: { path: { freeze } } })),
    onSuccess: useRefresh(),
  });
}
