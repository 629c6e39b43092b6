import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { TrustCreate } from "@/api/contract";
import { keys } from "@/api/keys";

export function useCreateTrust() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (trust: TrustCreate) => body(api.POST("/api/v1/trusts", { body: trust })),
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
