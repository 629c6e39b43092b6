import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type {
  ApprovalPolicyInput,
  Environment,
  EnvironmentCreate,
  EnvironmentUpdate,
  GivenNamespaceCreate,
} from "@/api/contract";
import { keys } from "@/api/keys";

/** Overviews of applications contain environments, and clusters name the environments that use them. */
function useRefresh() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.environments.all }),
      queryClient.invalidateQueries({ queryKey: keys.applications.all }),
      queryClient.invalidateQueries({ queryKey: keys.clusters.all }),
    ]);
}

export function useCreateEnvironment() {
  return useMutation({
    mutationFn: (environment: EnvironmentCreate) => body(api.POST("/api/v1/environments", { body: environment })),
    onSuccess: useRefresh(),
  });
}

export function useUpdateEnvironment(environment: string) {
  return useMutation({
    mutationFn: (changes: EnvironmentUpdate) =>
      body(api.PATCH("/api/v1/environments/{environment}", { params: { path: { environment } }, body: changes })),
    onSuccess: useRefresh(),
  });
}

export function useDeleteEnvironment(environment: string) {
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/environments/{environment}", { params: { path: { environment } } })),
    onSuccess: useRefresh(),
  });
}

/** It is pending until the new order has been read: what a reading brings that began before is not shown meanwhile. */
export function useOrderEnvironments() {
  return useMutation({
    mutationFn: (order: readonly Environment[]) =>
      body(api.PUT("/api/v1/environments/order", { body: { environments: order.map(({ name }) => name) } })),
    onSettled: useRefresh(),
  });
}

export function useGiveNamespace(environment: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (given: GivenNamespaceCreate) =>
      body(
        api.POST("/api/v1/environments/{environment}/namespaces", { params: { path: { environment } }, body: given }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.environments.namespaces(environment) }),
  });
}

export function useTakeNamespace(environment: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (given: string) =>
      body(
        api.DELETE("/api/v1/environments/{environment}/namespaces/{given}", {
          params: { path: { environment, given } },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.environments.namespaces(environment) }),
  });
}

/** What a policy asks for shows at applications, and at the proposals that wait. */
function usePolicyRefresh() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.approvalPolicies }),
      queryClient.invalidateQueries({ queryKey: keys.applications.all }),
      queryClient.invalidateQueries({ queryKey: keys.proposals.all }),
    ]);
}

export function useSetPolicy(environment: string) {
  return useMutation({
    mutationFn: (policy: ApprovalPolicyInput) =>
      body(
        api.PUT("/api/v1/environments/{environment}/approval-policy", {
          params: { path: { environment } },
          body: policy,
        }),
      ),
    onSuccess: usePolicyRefresh(),
  });
}

export function useRemovePolicy(environment: string) {
  return useMutation({
    mutationFn: () =>
      body(api.DELETE("/api/v1/environments/{environment}/approval-policy", { params: { path: { environment } } })),
    onSuccess: usePolicyRefresh(),
  });
}
