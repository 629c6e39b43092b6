import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { TokenCreate } from "@/api/contract";
import { keys } from "@/api/keys";

export function useCreateToken() {
  const queryClient = useQueryClient();
  return useMutation({
    // The response contains the token: the cache drops it when the dialog that shows it is closed.
    gcTime: 0,
    mutationFn: (token: TokenCreate) => body(api.POST("/api/v1/tokens", { body: token })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.tokens }),
  });
}

export function useRevokeToken(token: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/tokens/{token}", { params: { path: { token } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.tokens }),
  });
}
