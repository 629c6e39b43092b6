/** Builders of environments with defaults. */
import type { Cluster, Environment } from "@/api/contract";

/** The strategy of an operation that asks for nothing. */
export const allAtOnce: NonNullable<Environment["strategy"]> = {
  on_failure: "stay",
  waves: null,
  rings: null,
  failure: null,
  quorum: null,
  hooks: [],
};

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
  catch_up: true,
  image_mappings: [],
  strategy: null,
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
  ...over,
});

export const makeCluster = (over: Partial<Cluster> = {}): Cluster => ({
  id: "cluster-1",
  name: "prod-eu",
  labels: {},
  server: "https://203.0.113.7:6443",
  in_cluster: false,
  credential_version: 1,
  reachability: "reachable",
  server_version: "v1.36.2",
  last_seen_at: "2026-11-23T12:00:00Z",
  last_error: null,
  environments: [],
  left_out: [],
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
  ...over,
});

/** A cluster as its environment has it. */
export const makeEnvironmentCluster = (name: string): Environment["clusters"][number] => ({
  name,
  labels: {},
  reachability: "reachable",
  server_version: "v1.36.2",
});
