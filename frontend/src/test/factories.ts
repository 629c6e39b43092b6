/** Builders with defaults: a test sets only the fields that it is about. */
import type {
  AppEnvironment,
  ClusterOwners,
  CustomResource,
  EnvironmentOverview,
  Image,
  ImageChange,
  ImagePlan,
  KnownImage,
  Me,
  OperationCluster,
  OperationDetail,
  OperationEvent,
  PlanProblem,
  PromotionPlan,
  Provider,
  Receiver,
  Release,
  Resource,
  WorkloadOverview,
} from "@/api/contract";
import { allAtOnce } from "./environment-factories";

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

export const makeOperation = (over: Partial<OperationDetail> = {}): OperationDetail => ({
  id: "op-1",
  kind: "promotion",
  state: "running",
  application: "shop",
  environment: "Production",
  source_environment: "Staging",
  actor: "ada",
  on_failure: "stay",
  downgrade: false,
  plan_digest: "sha256:0",
  secret_names: [],
  attempt: 1,
  last_event: 0,
  message: null,
  cancel_requested_at: null,
  cancelled_by: null,
  reason: null,
  pause: null,
  rings: null,
  clusters: [makeOperationCluster({ cluster: "prod-eu" }), makeOperationCluster({ cluster: "prod-us" })],
  created_at: "2026-11-23T12:00:00Z",
  started_at: "2026-11-23T12:00:00Z",
  ended_at: null,
  request: {
    kind: "promotion",
    source_environment: "Staging",
    target_environment: "Production",
    source_cluster: null,
    containers: null,
    plan_digest: null,
    bring: [],
    strategy: allAtOnce,
  },
  plan: {
    kind: "promotion",
    digest: "sha256:0",
    source_environment: "Staging",
    source_cluster: null,
    source_release: null,
    source_operation: null,
    target_environment: "Production",
    namespace: "shop",
    pin: true,
    selected: null,
    clusters: [],
    unmatched: [],
    problems: [],
  },
  ...over,
});

export const makeOperationCluster = (over: Partial<OperationCluster> = {}): OperationCluster => ({
  cluster: "prod-eu",
  wave: 0,
  phase: "waiting",
  outcome: null,
  code: null,
  detail: null,
  resource: null,
  resource_ref: null,
  started_at: null,
  ended_at: null,
  ...over,
});

/** A timeline in which each event has the next `seq` and is one second later. */
export const makeEvents = (...entries: (Partial<OperationEvent> & Pick<OperationEvent, "type">)[]): OperationEvent[] =>
  entries.map((entry, index) => ({
    seq: index + 1,
    former_type: null,
    at: new Date(Date.UTC(2026, 10, 23, 12, 0, index)).toISOString(),
    cluster: null,
    resource: null,
    resource_ref: null,
    data: {},
    ...entry,
  }));

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

export const makeEnvironment = (over: Partial<EnvironmentOverview>): EnvironmentOverview => ({
  environment: "Production",
  rank: 0,
  configured: true,
  namespace: "shop",
  deploy_mode: "manual",
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
  promotes_to: [],
  ...over,
});

/** Deployment and container of that name get another tag, or keep theirs. */
export const makeChange = (name: string, from: string, to: string, over: Partial<ImageChange> = {}): ImageChange => ({
  workload: makeResource("Deployment", name),
  container: name,
  init: false,
  before: makeImage(from),
  after: makeImage(to),
  action: from === to ? "unchanged" : "update",
  unchanged: from === to,
  differs: from !== to,
  direction: from === to ? "same" : "upgrade",
  written_by: null,
  ...over,
});

/** From Staging to Production, which has two clusters: web and api change, db does not. */
export const makeImagePlan = (over: Partial<PromotionPlan> = {}): PromotionPlan => ({
  digest: "sha256:1",
  source_environment: "Staging",
  source_cluster: null,
  source_release: null,
  source_operation: null,
  target_environment: "Production",
  clusters: ["prod-eu", "prod-us"].map((cluster) => ({
    cluster,
    read: true,
    changes: [
      makeChange("web", "1.4.0", "1.5.0"),
      makeChange("api", "2.0.0", "2.1.0"),
      makeChange("db", "16.1", "16.1"),
    ],
    problems: [],
    configuration: [],
    restarts: [],
  })),
  unmatched: [],
  skew: [],
  problems: [],
  gates: [],
  bring: null,
  blocked: false,
  nothing_to_do: false,
  ...over,
});

export const makeProblem = (over: Partial<PlanProblem> = {}): PlanProblem => ({
  code: "x",
  severity: "blocks",
  detail: "Not possible.",
  cluster: null,
  resource: null,
  field: null,
  consent: null,
  tool: null,
  remedy: null,
  ...over,
});

/** A promotion that ended on two clusters and changed web from 1.4.0 to 1.5.0. */
export const makeEndedPromotion = (
  outcomes: Record<string, OperationCluster["outcome"]>,
  over: Partial<OperationDetail> = {},
  changes = [makeChange("web", "1.4.0", "1.5.0"), makeChange("db", "16.1", "16.1")],
): OperationDetail => {
  const made = makeOperation({ state: "failed", ended_at: "2026-11-23T12:01:00Z" });
  const clusters = Object.entries(outcomes);
  return {
    ...made,
    clusters: clusters.map(([cluster, outcome]) =>
      makeOperationCluster({ cluster, outcome, phase: "ended", started_at: "2026-11-23T12:00:00Z" }),
    ),
    plan: {
      ...(made.plan as ImagePlan),
      clusters: clusters.map(([cluster]) => ({
        cluster,
        read: true,
        changes,
        desired: [],
        problems: [],
        images: [],
        configuration: [],
        restarts: [],
      })),
    },
    ...over,
  };
};

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
  pin: "digest",
  clusters: ["eu"],
  resources: [],
  active_operation: null,
  consents: [],
  ...over,
});

/** A Deployment without a known owner. */
export const makeOwned = (
  name: string,
  over: Partial<ClusterOwners["workloads"][number]> = {},
): ClusterOwners["workloads"][number] => ({
  workload: makeResource("Deployment", name),
  owner: null,
  applied_by: [],
  taken: false,
  ...over,
});

export const makeProvider = (over: Partial<Provider> = {}): Provider => ({
  provider: "harbor",
  title: "Harbor",
  proof: { kind: "header", sentence: "The secret comes in the header Authorization.", weak: false, lacks: null },
  needs_secret: true,
  secret_in_address: false,
  settings: ["registry", "header"],
  needs: [],
  setup: ["Endpoint URL: {address}", "Auth header: Bearer {secret}"],
  ...over,
});

export const makeReceiver = (over: Partial<Receiver> = {}): Receiver => ({
  id: "b7Vd0cX2mQ9rT4yK8nLw1sZe5uHg3fJa",
  name: "Harbor of shop",
  provider: "harbor",
  title: "Harbor",
  application: null,
  settings: {
    registry: null,
    repositories: {},
    signed: false,
    header: null,
    username: null,
    topics: [],
    audience: null,
    service_account: null,
  },
  address: "/webhooks/b7Vd0cX2mQ9rT4yK8nLw1sZe5uHg3fJa",
  weak: false,
  lacks: null,
  former_until: null,
  last_delivery_at: null,
  last_delivery_fate: null,
  deliveries_24h: {},
  created_at: "2026-11-23T12:00:00Z",
  updated_at: "2026-11-23T12:00:00Z",
  ...over,
});

export const makeKnownImage = (over: Partial<KnownImage> = {}): KnownImage => ({
  push: 7,
  repository: "registry.example/shop/web",
  tag: "1.5.0",
  digest: `sha256:${"a".repeat(64)}`,
  resolved: true,
  platforms: ["linux/amd64"],
  built_at: null,
  discovered_at: "2026-11-23T12:00:00Z",
  origin: "webhook",
  state: "decided",
  verdict: "offered",
  rule: null,
  reason: null,
  operation: null,
  operation_state: null,
  offered: true,
  containers: [{ workload: makeResource("Deployment", "web"), container: "web" }],
  ...over,
});
