import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { RollbackRequest } from "@/api/contract";
import { keys } from "@/api/keys";

export function useRollBack(application: string, environment: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ request, idempotencyKey }: { request: RollbackRequest; idempotencyKey: string }) =>
      body(
        api.POST("/api/v1/applications/{application}/environments/{environment}/rollback", {
          params: { path: { application, environment }, header: { "Idempotency-Key": idempotencyKey } },
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
