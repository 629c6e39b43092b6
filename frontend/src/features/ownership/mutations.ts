import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";

/** Gives back, on all clusters, the fields that an earlier version took from whoever applies the workloads. */
export function useGiveBack(application: string, environment: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      body(
        api.POST("/api/v1/applications/{application}/environments/{environment}/ownership/repair", {
          params: { path: { application, environment } },
        }),
      ),
    // After a failure, too: the repair may have reached some clusters before it.
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.applications.ownership(application, environment) }),
  });
}
