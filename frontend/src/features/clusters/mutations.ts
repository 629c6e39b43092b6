import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { ClusterCreate, ClusterUpdate } from "@/api/contract";
import { keys } from "@/api/keys";

function useRefresh() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.clusters.all }),
      queryClient.invalidateQueries({ queryKey: keys.environments.all }),
    ]);
}

// Holds a credential: the cache drops the call as soon as it has ended.
const notCached = { gcTime: 0 } as const;

export function useConnectCluster() {
  return useMutation({
    ...notCached,
    mutationFn: (cluster: ClusterCreate) => body(api.POST("/api/v1/clusters", { body: cluster })),
    onSuccess: useRefresh(),
  });
}

export function useUpdateCluster(cluster: string) {
  return useMutation({
    ...notCached,
    mutationFn: (changes: ClusterUpdate) =>
      body(api.PATCH("/api/v1/clusters/{cluster}", { params: { path: { cluster } }, body: changes })),
    onSuccess: useRefresh(),
  });
}

export function useRemoveCluster(cluster: string) {
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/clusters/{cluster}", { params: { path: { cluster } } })),
    onSuccess: useRefresh(),
  });
}

export function useProbeCluster(cluster: string) {
  return useMutation({
    mutationFn: () => body(api.POST("/api/v1/clusters/{cluster}/probe", { params: { path: { cluster } } })),
    onSuccess: useRefresh(),
  });
}
