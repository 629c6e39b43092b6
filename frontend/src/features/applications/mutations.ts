import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { ApplicationCreate, ApplicationUpdate } from "@/api/contract";
import { keys } from "@/api/keys";

export function useCreateApplication() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (application: ApplicationCreate) => body(api.POST("/api/v1/applications", { body: application })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.applications.all }),
  });
}

export function useUpdateApplication(application: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (changes: ApplicationUpdate) =>
      body(api.PATCH("/api/v1/applications/{application}", { params: { path: { application } }, body: changes })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.applications.all }),
  });
}

export function useDeleteApplication(application: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/applications/{application}", { params: { path: { application } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.applications.matrix }),
  });
}
