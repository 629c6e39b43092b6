import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { ScopedTokenCreate, ServiceAccountCreate, TokenCreate } from "@/api/contract";
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

export function useCreateMyToken() {
  const queryClient = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (token: ScopedTokenCreate) => body(api.POST("/api/v1/me/tokens", { body: token })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.myTokens }),
  });
}

export function useRevokeMyToken(token: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/me/tokens/{token}", { params: { path: { token } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.myTokens }),
  });
}

function useAccountsInvalidated() {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: keys.serviceAccounts.all });
}

export function useCreateAccount() {
  return useMutation({
    mutationFn: (account: ServiceAccountCreate) => body(api.POST("/api/v1/service-accounts", { body: account })),
    onSuccess: useAccountsInvalidated(),
  });
}

export function useDisableAccount(account: string) {
  return useMutation({
    mutationFn: (disabled: boolean) =>
      body(
        api.PATCH("/api/v1/service-accounts/{service_account}", {
          params: { path: { service_account: account } },
          body: { disabled },
        }),
      ),
    onSuccess: useAccountsInvalidated(),
  });
}

export function useDeleteAccount(account: string) {
  return useMutation({
    mutationFn: () =>
      body(
        api.DELETE("/api/v1/service-accounts/{service_account}", { params: { path: { service_account: account } } }),
      ),
    onSuccess: useAccountsInvalidated(),
  });
}

export function useCreateAccountToken(account: string) {
  return useMutation({
    gcTime: 0,
    mutationFn: (token: ScopedTokenCreate) =>
      body(
        api.POST("/api/v1/service-accounts/{service_account}/tokens", {
          params: { path: { service_account: account } },
          body: token,
        }),
      ),
    onSuccess: useAccountsInvalidated(),
  });
}

export function useRevokeAccountToken(account: string, token: string) {
  return useMutation({
    mutationFn: () =>
      body(
        api.DELETE("/api/v1/service-accounts/{service_account}/tokens/{token}", {
          params: { path: { service_account: account, token } },
        }),
      ),
    onSuccess: useAccountsInvalidated(),
  });
}
