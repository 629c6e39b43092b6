/** Stored Git repositories, for tests. */
import type { GitRepository } from "@/api/contract";

export const makeGitRepository = (over: Partial<GitRepository> = {}): GitRepository => ({
  name: "shop-config",
  url: "https://git.example/shop/config.git",
  credential: "basic",
  username: "stagecoach",
  pull_requests: null,
  last_seen_at: null,
  last_error: null,
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
  ...over,
});
