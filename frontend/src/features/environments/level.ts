/** A cluster that is brought level with the others of its environment: the requests, and how the console presents them. */
import { api, body } from "@/api/client";
import type { LevelCreate, LevelMember, LevelPlan } from "@/api/contract";
import { count, listed } from "@/lib/words";
import type { Status } from "@/ui/status-badge";

export const previewLevel = (environment: string, cluster: string, request: LevelCreate, signal: AbortSignal) =>
  body(
    api.POST("/api/v1/environments/{environment}/clusters/{cluster}/level/preview", {
      params: { path: { environment, cluster } },
      body: request,
      signal,
    }),
  );

export const startLevel = (environment: string, cluster: string, request: LevelCreate, idempotencyKey: string) =>
  body(
    api.POST("/api/v1/environments/{environment}/clusters/{cluster}/level", {
      params: { path: { environment, cluster }, header: { "Idempotency-Key": idempotencyKey } },
      body: request,
    }),
  );

export const levelStatus: Record<LevelMember["state"], Status> = {
  level: { label: "Level", tone: "good", icon: "check" },
  lacking: { label: "Lacks something", tone: "busy", icon: "copy" },
  blocked: { label: "Blocked", tone: "bad", icon: "cross" },
  unknown: { label: "Unknown", tone: "idle", icon: "question" },
};

const inState = (plan: LevelPlan, ...states: LevelMember["state"][]): string[] =>
  plan.members.filter(({ state }) => states.includes(state)).map(({ application }) => application);

/** The applications that the start button writes. */
export function levelLabel(plan: LevelPlan | undefined): string {
  const lacking = plan ? inState(plan, "lacking") : [];
  return lacking.length === 0 ? "Bring it level" : `Bring ${count(lacking.length, "application")} level`;
}

/** Why the plan cannot be started; null if it can. */
export function levelBlocked(plan: LevelPlan | undefined): string | null {
  if (!plan) return "Stagecoach is making the plan.";
  if (plan.blocked) {
    return `Solve the problems of ${listed(inState(plan, "blocked", "unknown"))} first, or leave them out.`;
  }
  return plan.nothing_to_do ? `${plan.cluster} is level already.` : null;
}
