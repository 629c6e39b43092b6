/** Deploys a pushed image: every container that runs its repository gets it. */
import { api, body } from "./client";
import { useStart } from "./use-start";

export interface PushedImage {
  push: number;
  repository: string;
  tag: string;
  digest: string | null;
}

/** The reference that is deployed: with the digest, if it is known, so that a moved tag does not change it. */
export const reference = ({ repository, tag, digest }: PushedImage): string =>
  `${repository}:${tag}${digest ? `@${digest}` : ""}`;

export function useDeployImage(application: string, environment: string, onStarted: (operation: string) => void) {
  return useStart({
    start: (image: PushedImage, keyFor) =>
      body(
        api.POST("/api/v1/applications/{application}/environments/{environment}/deploy", {
          params: {
            path: { application, environment },
            header: { "Idempotency-Key": keyFor(`push-${image.push}`) },
          },
          body: { image: reference(image), strategy: { on_failure: "roll-back", waves: null } },
        }),
      ),
    onStarted: ({ id }) => onStarted(id),
  });
}
