import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { AdoptRequest } from "@/api/contract";
import { keys } from "@/api/keys";

export function usePreviewAdopt(application: string, environment: string) {
  return useMutation({
    mutationFn: (request: AdoptRequest) =>
      body(
        api.POST("/api/v1/applications/{application}/environments/{environment}/adopt/preview", {
          params: { path: { application, environment } },
          body: request,
        }),
      ),
  });
}

export function useAdopt(application: string, environment: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (request: AdoptRequest) =>
      body(
        api.POST("/api/v1/applications/{application}/environments/{environment}/adopt", {
          params: { path: { application, environment } },
          body: request,
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.applications.all }),
  });
}
