import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { AppEnvironment, AppEnvironmentUpdate, StoredConsent } from "@/api/contract";
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

/** Stores or withdraws a consent that then holds, or no longer holds, for every change of images in the environment. */
export function useStoredConsent(application: string, environment: string, consent: StoredConsent["consent"]) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (stored: boolean) => {
      const address = { params: { path: { application, environment, consent } } };
      const path = "/api/v1/applications/{application}/environments/{environment}/consents/{consent}";
      return body(stored ? api.PUT(path, address) : api.DELETE(path, address));
    },
    onSuccess: (changed: AppEnvironment) =>
      queryClient.setQueryData(keys.applications.environment(application, environment), changed),
  });
}
