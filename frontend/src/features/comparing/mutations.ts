import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { ExpectedDifferencesCreate } from "@/api/contract";
import { keys } from "@/api/keys";

function useRefresh(application: string) {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.applications.comparisons(application) }),
      queryClient.invalidateQueries({ queryKey: keys.applications.expectedDifferences(application) }),
    ]);
}

/** Marks fields as meant to differ between two environments. */
export function useMarkExpected(application: string) {
  return useMutation({
    mutationFn: (input: ExpectedDifferencesCreate) =>
      body(
        api.POST("/api/v1/applications/{application}/expected-differences", {
          params: { path: { application } },
          body: input,
        }),
      ),
    onSuccess: useRefresh(application),
  });
}

/** Takes marks back, one after the other. */
export function useUnmarkExpected(application: string) {
  return useMutation({
    mutationFn: async (marks: readonly string[]) => {
      for (const mark of marks)
        await body(
          api.DELETE("/api/v1/applications/{application}/expected-differences/{expected_difference}", {
            params: { path: { application, expected_difference: mark } },
          }),
        );
    },
    // After a failure, too: marks before it were taken back.
    onSettled: useRefresh(application),
  });
}
