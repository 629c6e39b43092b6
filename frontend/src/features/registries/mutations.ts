import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { RegistryCheckRequest, RegistryPut } from "@/api/contract";
import { keys } from "@/api/keys";

function useRefresh(queryKey: QueryKey) {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey });
}

export function usePutRegistry() {
  return useMutation({
    // Holds a credential: the cache drops the call as soon as it has ended.
    gcTime: 0,
    mutationFn: ({ host, registry }: { host: string; registry: RegistryPut }) =>
      body(api.PUT("/api/v1/registries/{host}", { params: { path: { host } }, body: registry })),
    onSuccess: useRefresh(keys.registries),
  });
}

export function useRemoveRegistry(host: string) {
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/registries/{host}", { params: { path: { host } } })),
    onSuccess: useRefresh(keys.registries),
  });
}

export function useCheckRegistry(host: string) {
  return useMutation({
    mutationFn: (request: RegistryCheckRequest) =>
      body(api.POST("/api/v1/registries/{host}/check", { params: { path: { host } }, body: request })),
    onSuccess: useRefresh(keys.registries),
  });
}

export function usePutPoll() {
  return useMutation({
    mutationFn: ({ repository, seconds }: { repository: string; seconds: number }) =>
      body(
        api.PUT("/api/v1/polls/{repository}", {
          params: { path: { repository } },
          body: { interval_seconds: seconds },
        }),
      ),
    onSuccess: useRefresh(keys.polls),
  });
}

export function useDeletePoll(repository: string) {
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/polls/{repository}", { params: { path: { repository } } })),
    onSuccess: useRefresh(keys.polls),
  });
}
