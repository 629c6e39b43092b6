import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { ReceiverCreate, ReceiverTest, ReceiverUpdate } from "@/api/contract";
import { keys } from "@/api/keys";

function useRefresh() {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: keys.receivers.all });
}

// The response contains the secret: the cache drops it when the dialog that shows it is closed.
const notCached = { gcTime: 0 } as const;

export function useCreateReceiver() {
  return useMutation({
    ...notCached,
    mutationFn: (receiver: ReceiverCreate) => body(api.POST("/api/v1/receivers", { body: receiver })),
    onSuccess: useRefresh(),
  });
}

export function useUpdateReceiver(receiver: string) {
  return useMutation({
    mutationFn: (changes: ReceiverUpdate) =>
      body(api.PATCH("/api/v1/receivers/{receiver}", { params: { path: { receiver } }, body: changes })),
    onSuccess: useRefresh(),
  });
}

export function useRotateSecret(receiver: string) {
  return useMutation({
    ...notCached,
    mutationFn: (validSeconds: number) =>
      body(
        api.POST("/api/v1/receivers/{receiver}/rotate", {
          params: { path: { receiver } },
          body: { keep_former_seconds: validSeconds },
        }),
      ),
    onSuccess: useRefresh(),
  });
}

export function useDeleteReceiver(receiver: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/receivers/{receiver}", { params: { path: { receiver } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.receivers.list }),
  });
}

/** Tests a delivery. A test changes nothing, so that no query is invalidated; the pasted payload is not cached. */
export function useTestDelivery(receiver: string) {
  return useMutation({
    ...notCached,
    mutationFn: (sample: ReceiverTest) =>
      body(api.POST("/api/v1/receivers/{receiver}/test", { params: { path: { receiver } }, body: sample })),
  });
}
