import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { GitRepositoryCheckRequest, GitRepositoryPut } from "@/api/contract";
import { keys } from "@/api/keys";

function useRefresh() {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: keys.gitRepositories });
}

const named = (name: string) => ({ path: { git_repository: name } });

export function usePutGitRepository() {
  return useMutation({
    // Holds a credential: the cache drops the call as soon as it has ended.
    gcTime: 0,
    mutationFn: ({ name, repository }: { name: string; repository: GitRepositoryPut }) =>
      body(api.PUT("/api/v1/git-repositories/{git_repository}", { params: named(name), body: repository })),
    onSuccess: useRefresh(),
  });
}

export function useRemoveGitRepository(name: string) {
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/git-repositories/{git_repository}", { params: named(name) })),
    onSuccess: useRefresh(),
  });
}

export function useCheckGitRepository(name: string) {
  return useMutation({
    mutationFn: (request: GitRepositoryCheckRequest) =>
      body(api.POST("/api/v1/git-repositories/{git_repository}/check", { params: named(name), body: request })),
    onSettled: useRefresh(),
  });
}
