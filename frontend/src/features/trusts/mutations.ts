import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { TrustCreate } from "@/api/contract";
import { keys } from "@/api/keys";

/** Creates a trust, or replaces the one with this id. */
export function useSaveTrust(trust: string | null) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (terms: TrustCreate) =>
      body(
        trust === null
          ? api.POST("/api/v1/trusts", { body: terms })
          : api.PUT("/api/v1/trusts/{trust}", { params: { path: { trust } }, body: terms }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.trusts }),
  });
}

export function useDeleteTrust(trust: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/trusts/{trust}", { params: { path: { trust } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.trusts }),
  });
}

export function useTestToken() {
  return useMutation({
    // The pasted token goes with the form: the cache keeps neither it nor what it says.
    gcTime: 0,
    mutationFn: (token: string) => body(api.POST("/api/v1/trusts/test", { body: { token } })),
  });
}
