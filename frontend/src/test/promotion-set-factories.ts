import type { PromotionSet, PromotionSetPlan } from "@/api/contract";
import { makeOperation, makeOperationCluster } from "./operation-factories";
import { makeImagePlan } from "./plan-factories";

type Member = PromotionSet["members"][number];

/** A running application of a set, on one cluster. */
export const makeSetMember = (application: string, over: Partial<Member> = {}): Member => ({
  application,
  stage: 0,
  operation: makeOperation({
    id: `op-${application}`,
    application,
    promotion_set: "set-1",
    clusters: [makeOperationCluster({ cluster: "prod-eu" })],
  }),
  release: null,
  copies: [],
  ...over,
});

/** A running set of two applications. */
export const makePromotionSet = (over: Partial<PromotionSet> = {}): PromotionSet => ({
  id: "set-1",
  kind: "promotion",
  state: "running",
  source_environment: "Staging",
  environment: "Production",
  group: null,
  order: "all-at-once",
  takes_back: null,
  plan_digest: "sha256:0",
  actor: "ada",
  attempt: 1,
  message: null,
  members: [makeSetMember("api"), makeSetMember("web")],
  created_at: "2026-11-23T12:00:00Z",
  started_at: "2026-11-23T12:00:00Z",
  ended_at: null,
  ...over,
});

/** The plan of a set of two applications. */
export const makeSetPlan = (over: Partial<PromotionSetPlan> = {}): PromotionSetPlan => ({
  digest: "sha256:set",
  kind: "promotion",
  source_environment: "Staging",
  target_environment: "Production",
  order: "all-at-once",
  members: ["api", "web"].map((application) => ({
    application,
    stage: 0,
    blocked: false,
    plan: makeImagePlan(),
  })),
  blocked: false,
  nothing_to_do: false,
  ...over,
});
