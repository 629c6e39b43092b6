/** Operations, as they run and as they ended. */
import type { ImagePlan, OperationCluster, OperationDetail, OperationEvent } from "@/api/contract";
import { allAtOnce } from "./environment-factories";
import { makeChange } from "./plan-factories";

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
  promotion_set: null,
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
    leave_out: [],
    bring: [],
    restart: false,
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
    copies: [],
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
  catch_up: false,
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
