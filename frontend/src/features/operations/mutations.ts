import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";

type SecretValues = Record<string, Record<string, string>>;

function useRefresh(id: string) {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.operations.one(id) }),
      queryClient.invalidateQueries({ queryKey: [...keys.operations.all, "list"] }),
    ]);
}

export function useCancel(id: string) {
  return useMutation({
    mutationFn: () => body(api.POST("/api/v1/operations/{operation}/cancel", { params: { path: { operation: id } } })),
    onSuccess: useRefresh(id),
  });
}

/** Lets a paused operation go on; refused while a stop or a freeze is still in its way. */
export function useContinue(id: string) {
  return useMutation({
    mutationFn: () =>
      body(api.POST("/api/v1/operations/{operation}/continue", { params: { path: { operation: id } } })),
    onSuccess: useRefresh(id),
  });
}

/** Takes back what a paused operation has changed; a freeze permits it, a stop does not. */
export function useUndo(id: string) {
  return useMutation({
    mutationFn: () => body(api.POST("/api/v1/operations/{operation}/undo", { params: { path: { operation: id } } })),
    onSuccess: useRefresh(id),
  });
}

/** `secrets` are the values typed at the start, by Secret and key: the service erased them when the operation ended. */
export function useRetry(id: string) {
  return useMutation({
    mutationFn: (secrets: SecretValues) =>
      body(
        api.POST("/api/v1/operations/{operation}/retry", { params: { path: { operation: id } }, body: { secrets } }),
      ),
    onSuccess: useRefresh(id),
  });
}
