/** Giving an image to every container that runs its repository, as several pages offer it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "./client";
import { keys } from "./keys";
import { useIdempotencyKeys } from "./starting";

export interface PushedImage {
  push: number;
  repository: string;
  tag: string;
  digest: string | null;
}

/** As it is written: with its digest, where that is known, so that what was seen is what is deployed. */
export const reference = ({ repository, tag, digest }: PushedImage): string =>
  `${repository}:${tag}${digest ? `@${digest}` : ""}`;

/**
 * `onStarted` is told before anything is read anew: the button is gone as soon as its image is offered no longer, and a
 * button that has gone is told nothing.
 */
export function useDeployImage(application: string, environment: string, onStarted: (operation: string) => void) {
  const queryClient = useQueryClient();
  const keyFor = useIdempotencyKeys();
  return useMutation({
    mutationFn: (image: PushedImage) =>
      body(
        api.POST("/api/v1/applications/{application}/environments/{environment}/deploy", {
          params: {
            path: { application, environment },
            header: { "Idempotency-Key": keyFor(`push-${image.push}`) },
          },
          body: { image: reference(image), strategy: { on_failure: "roll-back", waves: null } },
        }),
      ),
    onSuccess: ({ id }) => {
      onStarted(id);
      return Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.applications.overview(application) }),
        queryClient.invalidateQueries({ queryKey: keys.applications.images(application, environment) }),
        queryClient.invalidateQueries({ queryKey: keys.operations.all }),
      ]);
    },
  });
}
