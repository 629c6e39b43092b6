import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { DeclaredKindPreviewRequest, DeclaredKindPut } from "@/api/contract";
import { keys } from "@/api/keys";

function useRefresh() {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: keys.declaredKinds });
}

const named = (name: string) => ({ path: { declared_kind: name } });

export function usePutDeclaredKind() {
  return useMutation({
    mutationFn: ({ name, declaration }: { name: string; declaration: DeclaredKindPut }) =>
      body(api.PUT("/api/v1/declared-kinds/{declared_kind}", { params: named(name), body: declaration })),
    onSuccess: useRefresh(),
  });
}

export function useRemoveDeclaredKind(name: string) {
  return useMutation({
    mutationFn: (inUse: boolean) =>
      body(
        api.DELETE("/api/v1/declared-kinds/{declared_kind}", {
          params: { ...named(name), query: { in_use: inUse } },
        }),
      ),
    onSuccess: useRefresh(),
  });
}

export function usePreviewDeclaredKind() {
  return useMutation({
    // Holds an object, which may hold anything: the cache drops the call as soon as it has ended.
    gcTime: 0,
    mutationFn: ({ name, request }: { name: string; request: DeclaredKindPreviewRequest }) =>
      body(api.POST("/api/v1/declared-kinds/{declared_kind}/preview", { params: named(name), body: request })),
  });
}
