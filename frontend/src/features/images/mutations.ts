import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { PolicyRuleInput } from "@/api/contract";
import { keys } from "@/api/keys";

export function usePutPolicies(application: string, environment: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (rules: PolicyRuleInput[]) =>
      body(
        api.PUT("/api/v1/applications/{application}/environments/{environment}/image-policies", {
          params: { path: { application, environment } },
          body: { rules },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.applications.imagePolicies(application, environment) }),
        queryClient.invalidateQueries({ queryKey: keys.applications.images(application, environment) }),
        queryClient.invalidateQueries({ queryKey: keys.applications.overview(application) }),
      ]),
  });
}
