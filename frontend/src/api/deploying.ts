/** Deploys a pushed image: every container that runs its repository gets it. A cluster whose rollout fails is undone. */
import { api, body } from "./client";
import type { DeployRequest } from "./contract";

export interface PushedImage {
  repository: string;
  tag: string;
  digest: string | null;
}

/** The reference that is deployed: with the digest, if it is known, so that a moved tag does not change it. */
export const reference = ({ repository, tag, digest }: PushedImage): string =>
  `${repository}:${tag}${digest ? `@${digest}` : ""}`;

export const previewDeploy = (application: string, environment: string, request: DeployRequest, signal: AbortSignal) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/deploy/preview", {
      params: { path: { application, environment } },
      body: request,
      signal,
    }),
  );

export const startDeploy = (application: string, environment: string, request: DeployRequest, idempotencyKey: string) =>
  body(
    api.POST("/api/v1/applications/{application}/environments/{environment}/deploy", {
      params: { path: { application, environment }, header: { "Idempotency-Key": idempotencyKey } },
      body: request,
    }),
  );
