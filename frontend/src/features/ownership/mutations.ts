import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { AppEnvironment, GitFolderInput } from "@/api/contract";
import { keys } from "@/api/keys";
import type { Answered, Asked } from "./git-preview";

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

/** Asks, image by image, which lines of files in Git would change. A file that cannot be changed so is an answer. */
export const usePreviewGitFile = (repository: string) =>
  useMutation({
    mutationFn: (images: readonly Asked[]): Promise<Answered[]> =>
      Promise.all(
        images.map(async (each) => {
          try {
            const edit = await body(
              api.POST("/api/v1/git-repositories/{git_repository}/image/preview", {
                params: { path: { git_repository: repository } },
                body: each.request,
              }),
            );
            return { ...each, edit, error: null };
          } catch (error) {
            return { ...each, edit: null, error };
          }
        }),
      ),
  });

/** The folder into which imports write; null takes it away. */
export function useSetGitFolder(application: string, environment: string) {
  const queryClient = useQueryClient();
  const params = { path: { application, environment } };
  return useMutation({
    mutationFn: (folder: GitFolderInput | null): Promise<AppEnvironment> =>
      body(
        folder === null
          ? api.DELETE("/api/v1/applications/{application}/environments/{environment}/git-folder", { params })
          : api.PUT("/api/v1/applications/{application}/environments/{environment}/git-folder", {
              params,
              body: folder,
            }),
      ),
    onSuccess: (changed) => queryClient.setQueryData(keys.applications.environment(application, environment), changed),
  });
}
