import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { PromotionRequest } from "@/api/contract";
import { keys } from "@/api/keys";

export function usePromote(application: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ request, idempotencyKey }: { request: PromotionRequest; idempotencyKey: string }) =>
      body(
        api.POST("/api/v1/applications/{application}/promotions", {
          params: { path: { application }, header: { "Idempotency-Key": idempotencyKey } },
          body: request,
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.applications.overview(application) }),
        queryClient.invalidateQueries({ queryKey: keys.operations.all }),
      ]),
  });
}
