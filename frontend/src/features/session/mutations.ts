import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { api, body, rememberCsrfToken } from "@/api/client";
import { keys } from "@/api/keys";
import { meQuery } from "@/api/me";

export type SignInCredential = { token: string } | { code: string };

/** Exchanges a token or code for the session cookie, and clears the cache: it may hold data of another user. */
export async function signIn(queryClient: QueryClient, credential: SignInCredential): Promise<void> {
  await body(api.POST("/api/v1/session", { body: credential }));
  queryClient.clear();
  await queryClient.ensureQueryData(meQuery);
}

export function useSignIn() {
  const queryClient = useQueryClient();
  return useMutation({ mutationFn: (credential: SignInCredential) => signIn(queryClient, credential) });
}

/** Signs out here. Resolves to where the browser signs out at its OpenID provider, too; null if there is nothing to do. */
export function useSignOut() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async () => (await body(api.POST("/api/v1/session/sign-out"))).provider_url,
    onSuccess: () => {
      rememberCsrfToken(null);
      queryClient.clear();
    },
  });
}

export function useEndSession() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (session: string) =>
      body(api.DELETE("/api/v1/session/sessions/{session}", { params: { path: { session } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.sessions }),
  });
}
