/** Rolls back to a release, or takes back what one operation changed. A cluster whose rollout fails is undone. */
import { api, body } from "./client";
import type { ContainerInput, ImageConsent, RollbackRequest } from "./contract";

type WhereTo = ({ release: number } | { operation: string }) & {
  allow: ImageConsent[];
  /** Only these; all of them where nothing is said. */
  containers?: ContainerInput[];
  /** Only these, which takes the last release; all of the environment where nothing is said. */
  clusters?: string[];
  /** The ConfigMaps and Secrets of the release as well. */
  with_configuration?: boolean;
  /** What reads them and gets no other image is restarted. */
  restart?: boolean;
  /** What is under way is stopped first. */
  preempt?: boolean;
};

const requestOf = (whereTo: WhereTo, digest: string | null): RollbackRequest => ({
  ...whereTo,
  // The environment's own strategy, where it has one.
  strategy: { on_failure: "roll-back", fallback: true },
  plan_digest: digest,
});

export const previewRollback = (application: string, environment: string, whereTo: WhereTo, signal: AbortSignal) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/rollback/preview", {
      params: { path: { application, environment } },
      body: requestOf(whereTo, null),
      signal,
    }),
  );

export const startRollback = (
  application: string,
  environment: string,
  whereTo: WhereTo,
  digest: string,
  reason: string | undefined,
  idempotencyKey: string,
) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/rollback", {
      params: { path: { application, environment }, header: { "Idempotency-Key": idempotencyKey } },
      body: { ...requestOf(whereTo, digest), reason: reason?.trim() || null },
    }),
  );
