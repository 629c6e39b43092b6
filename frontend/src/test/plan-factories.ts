/** Plans of images, and what is in their way. */
import type { ImageChange, PlanProblem, PromotionPlan } from "@/api/contract";
import { makeImage, makeResource } from "./factories";

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
  handed_over: null,
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
  copies: [],
  strategy: null,
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
