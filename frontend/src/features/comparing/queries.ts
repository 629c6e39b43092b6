import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { Comparison } from "@/api/contract";
import { keys } from "@/api/keys";
import type { PickedSides } from "./model";

/** The clusters of both sides are read for each comparison: it is not repeated by itself. */
export const comparisonQuery = (application: string, sides: PickedSides) =>
  queryOptions({
    queryKey: keys.applications.comparison(application, sides),
    queryFn: async ({ signal }): Promise<Comparison> => {
      const found = await body(
        api.GET("/api/v1/applications/{application}/comparison", {
          params: {
            path: { application },
            query: {
              left: sides.left.environment,
              right: sides.right.environment,
              left_cluster: sides.left.cluster,
              right_cluster: sides.right.cluster,
              left_release: sides.left.release,
              right_release: sides.right.release,
              format: "json",
            },
          },
          signal,
        }),
      );
      // The route answers text as well, to those who ask for it.
      if (typeof found === "string") throw new TypeError("The service answered with text instead of a comparison.");
      return found;
    },
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  });

export const expectedDifferencesQuery = (application: string) =>
  queryOptions({
    queryKey: keys.applications.expectedDifferences(application),
    queryFn: async ({ signal }) =>
      (
        await body(
          api.GET("/api/v1/applications/{application}/expected-differences", {
            params: { path: { application } },
            signal,
          }),
        )
      ).items,
    staleTime: 30_000,
  });
