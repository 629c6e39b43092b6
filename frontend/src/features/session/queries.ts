import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { SignInProblem } from "@/api/contract";
import { keys } from "@/api/keys";
import { whileNotLive } from "@/api/live-status";

/** The OpenID providers through which people sign in. The service reads what they publish, so this may take a moment. */
export const signInProvidersQuery = queryOptions({
  queryKey: keys.signInProviders,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/session/providers", { signal }))).items,
  staleTime: 60_000,
});

/** The sentence for what went wrong with a sign-in, as the address of the sign-in page names it. */
export const signInProblemQuery = (provider: string, problem: string) =>
  queryOptions({
    queryKey: keys.signInProblem(provider, problem),
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/session/oidc/{provider}/problems/{problem}", {
          // The service refuses a word that it does not know.
          params: { path: { provider, problem: problem as SignInProblem } },
          signal,
        }),
      ),
    staleTime: Infinity,
  });

/** The sessions of the user, the newest first. */
export const sessionsQuery = queryOptions({
  queryKey: keys.sessions,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/session/sessions", { signal }))).items,
  refetchInterval: whileNotLive(60_000),
});
