/** How a change reaches a branch: pushed, or by the pull requests of a provider. */
import type { GitProvider } from "@/api/contract";

export type Changes = GitProvider | "push";

const titles: Record<Changes, string> = {
  push: "Commits to the branch itself",
  github: "Pull requests of GitHub",
  gitlab: "Merge requests of GitLab",
  gitea: "Pull requests of Gitea or Forgejo",
  bitbucket: "Pull requests of Bitbucket Cloud",
  "bitbucket-data-center": "Pull requests of Bitbucket Data Center",
};

export const choices = Object.entries(titles).map(([value, label]) => ({ value, label }));

export const changesOf = (provider: GitProvider | null | undefined): Changes => provider ?? "push";

export const isChanges = (value: string): value is Changes => value in titles;
