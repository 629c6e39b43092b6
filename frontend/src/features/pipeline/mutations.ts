import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { AppEnvironmentUpdate } from "@/api/contract";
import { keys } from "@/api/keys";

/** Deploy mode, pin or namespace of the application in one environment. */
export function useUpdateAppEnvironment(application: string, environment: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (changes: AppEnvironmentUpdate) =>
      body(
        api.PATCH("/api/v1/applications/{application}/environments/{environment}", {
          params: { path: { application, environment } },
          body: changes,
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.applications.overview(application) }),
        queryClient.invalidateQueries({ queryKey: keys.applications.matrix }),
      ]),
  });
}
