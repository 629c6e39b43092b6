/** Builders of environments with defaults. */
import type { Environment } from "@/api/contract";

/** An environment as the list of environments has it. */
export const makeRegisteredEnvironment = (over: Partial<Environment> = {}): Environment => ({
  id: "environment-1",
  name: "Production",
  rank: 1,
  clusters: [],
  default_namespace: null,
  deploy_mode: "manual",
  pin: "digest",
  allowed_dangers: [],
  releases_keep_secrets: false,
  image_mappings: [],
  strategy: null,
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
  ...over,
});
