import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { BindingCreate } from "@/api/contract";
import { keys } from "@/api/keys";

/** A binding may be one of the user's own. */
function useRefresh() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.bindings.all }),
      queryClient.invalidateQueries({ queryKey: keys.rights }),
    ]);
}

export function useGiveRole() {
  return useMutation({
    mutationFn: (binding: BindingCreate) => body(api.POST("/api/v1/bindings", { body: binding })),
    onSuccess: useRefresh(),
  });
}

export function useTakeRole(binding: string) {
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/bindings/{binding}", { params: { path: { binding } } })),
    onSettled: useRefresh(),
  });
}
