import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { api, body, rememberCsrfToken } from "@/api/client";
import { meQuery } from "@/api/me";

export type Proof = { token: string } | { code: string };

/** Exchanges a proof for the session's cookie; afterwards everything that was read as somebody else is forgotten. */
export async function signIn(queryClient: QueryClient, proof: Proof): Promise<void> {
  await body(api.POST("/api/v1/session", { body: proof }));
  queryClient.clear();
  await queryClient.ensureQueryData(meQuery);
}

export function useSignIn() {
  const queryClient = useQueryClient();
  return useMutation({ mutationFn: (proof: Proof) => signIn(queryClient, proof) });
}

export function useSignOut() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/session")),
    onSuccess: () => {
      rememberCsrfToken(null);
      queryClient.clear();
    },
  });
}
