/** Builders with defaults: a test sets only the fields that it is about. */
import type {
  AppEnvironment,
  ClusterOwners,
  CustomResource,
  EnvironmentOverview,
  Follow,
  Image,
  ImageChange,
  Me,
  Release,
  Resource,
  WorkloadOverview,
} from "@/api/contract";

export const makeMe = (over: Partial<Me> = {}): Me => ({
  name: "ada",
  kind: "token",
  role: "admin",
  bound: true,
  provider: null,
  groups: [],
  by: "session",
  expires_at: null,
  csrf_token: "csrf-1",
  ...over,
});

export const makeImage = (tag: string | null, digest: string | null = null): Image => ({
  reference: `registry.example/shop/web${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`,
  repository: "registry.example/shop/web",
  tag,
  digest,
});

export const makeResource = (kind: string, name: string): Resource => ({
  api_version: kind === "Deployment" || kind === "StatefulSet" ? "apps/v1" : "v1",
  kind,
  name,
});

interface WorkloadOptions {
  name?: string;
  clusters?: string[];
  /** The image of each cluster; by default all run 1.0.0. */
  images?: Record<string, Image>;
  offered?: Image;
  direction?: ImageChange["direction"];
}

export function makeWorkload({
  name = "web",
  clusters = ["eu"],
  images,
  offered,
  direction = "upgrade",
}: WorkloadOptions): WorkloadOverview {
  const running = images ?? Object.fromEntries(clusters.map((cluster) => [cluster, makeImage("1.0.0")]));
  const references = new Set(Object.values(running).map(({ reference }) => reference));
  return {
    resource: makeResource("Deployment", name),
    containers: [
      {
        name,
        init: false,
        images: Object.entries(running).map(([cluster, image]) => ({
          cluster,
          image,
          written: null,
          written_by: null,
        })),
        skew: references.size > 1,
        offered: offered ? { environment: "Staging", image: offered, direction } : null,
        pushed: null,
      },
    ],
    health: Object.keys(running).map((cluster) => ({
      cluster,
      health: "ready",
      reason: null,
      message: null,
      ready: 1,
      desired: 1,
    })),
  };
}

/** A custom resource that is the same on all clusters. */
export const makeCustomResource = (
  kind: string,
  name: string,
  health: Partial<CustomResource["health"][number]> = {},
  clusters: readonly string[] = ["eu"],
): CustomResource => ({
  resource: { api_version: "shop.example/v1", kind, name },
  health: clusters.map((cluster) => ({
    cluster,
    health: "ready",
    reason: null,
    message: null,
    since: null,
    ...health,
  })),
  images: [],
});

export const makeFollow = (over: Partial<Follow> = {}): Follow => ({
  environment: "Staging",
  healthy_minutes: 30,
  checks: [],
  code: "up-to-date",
  detail: "Production runs what Staging runs.",
  healthy_since: "2026-11-23T11:00:00Z",
  due_at: null,
  operation: null,
  proposal: null,
  ...over,
});

export const makeEnvironment = (over: Partial<EnvironmentOverview>): EnvironmentOverview => ({
  environment: "Production",
  rank: 0,
  configured: true,
  namespace: "shop",
  deploy_mode: "manual",
  follow: null,
  pin: "digest",
  clusters: [
    {
      cluster: "eu",
      reachable: true,
      code: null,
      error: null,
      stale: false,
      live: true,
      since: "2026-11-23T11:00:00Z",
      read_at: "2026-11-23T12:00:00Z",
      health: "ready",
      lacks: [],
    },
  ],
  workloads: [makeWorkload({})],
  custom_resources: [],
  health: "ready",
  skew: false,
  divergences: [],
  missing_keys: null,
  stale: false,
  active_operation: null,
  last_operation: null,
  blocked: null,
  promotes_to: [],
  ...over,
});

export const makeRelease = (over: Partial<Release> = {}): Release => ({
  number: 1,
  holds_configuration: true,
  operation_id: null,
  kind: "promotion",
  actor: "ada",
  clusters: ["eu"],
  images: [],
  current: false,
  created_at: "2026-11-23T12:00:00Z",
  ...over,
});

export const makeAppEnvironment = (over: Partial<AppEnvironment> = {}): AppEnvironment => ({
  application: "shop",
  environment: "Production",
  configured: true,
  namespace: "shop",
  deploy_mode: "manual",
  follow: null,
  pin: "digest",
  clusters: ["eu"],
  resources: [],
  active_operation: null,
  consents: [],
  image_deliveries: { owned: "refuse", workloads: [], set_by: null, set_at: null },
  git_folder: null,
  ...over,
});

/** A Deployment without a known owner. */
export const makeOwned = (
  name: string,
  over: Partial<ClusterOwners["workloads"][number]> = {},
): ClusterOwners["workloads"][number] => ({
  workload: makeResource("Deployment", name),
  owner: null,
  above: [],
  unread: null,
  applied_by: [],
  taken: false,
  delivery: over.owner ? "refuse" : null,
  possible: [],
  ...over,
});
