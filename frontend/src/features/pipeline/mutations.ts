import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { AppEnvironment, AppEnvironmentUpdate, ImageDeliveriesInput } from "@/api/contract";
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

/** How new images reach workloads that something else owns, in the environment. */
export function useSetImageDeliveries(application: string, environment: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (deliveries: ImageDeliveriesInput) =>
      body(
        api.PUT("/api/v1/applications/{application}/environments/{environment}/image-deliveries", {
          params: { path: { application, environment } },
          body: deliveries,
        }),
      ),
    onSuccess: (changed: AppEnvironment) => {
      queryClient.setQueryData(keys.applications.environment(application, environment), changed);
      return queryClient.invalidateQueries({ queryKey: keys.applications.ownership(application, environment) });
    },
  });
}
