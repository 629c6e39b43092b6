import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

type Create = components["schemas"]["ApplicationCreate"];
type Update = components["schemas"]["ApplicationUpdate"];

export function useCreateApplication() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (application: Create) => body(api.POST("/api/v1/applications", { body: application })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.applications.all }),
  });
}

export function useUpdateApplication(application: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (changes: Update) =>
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
