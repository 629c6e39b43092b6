/** The change of image deliveries, which the settings of an environment and the owners of its workloads offer. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "./client";
import type { AppEnvironment, ImageDeliveriesInput } from "./contract";
import { keys } from "./keys";

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
