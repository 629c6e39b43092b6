/** Closed gates, holds and stops, which several pages show and change. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "./client";
import type { ClosedGate, Hold, HoldCreate, StopCreate } from "./contract";
import { keys } from "./keys";
import { orWhenOneEnds, whileNotLive } from "./live-status";
import { asProblem } from "./problem";

export const holdsQuery = queryOptions({
  queryKey: keys.holds,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/holds", { signal }))).items,
  staleTime: 10_000,
  refetchInterval: orWhenOneEnds(30_000, (holds: readonly Hold[]) => holds),
});

const askAgain = orWhenOneEnds(30_000, (places: readonly { gates: readonly ClosedGate[] }[]) =>
  places.flatMap(({ gates }) => gates),
);

/** What is closed for an application, by environment: freezes begin and end by the clock. */
export const closedGatesQuery = (application: string) =>
  queryOptions({
    queryKey: keys.applications.gates(application),
    queryFn: async ({ signal }) =>
      (await body(api.GET("/api/v1/applications/{application}/gates", { params: { path: { application } }, signal })))
        .items,
    staleTime: 10_000,
    // An operation's page outlives its application, which has no gates any more.
    refetchInterval: (query) =>
      query.state.error && asProblem(query.state.error).status === 404 ? false : askAgain(query),
  });

/** The gates that keep changes of an application in an environment from being started; none while they are unknown. */
export function useClosedGates(application: string, environment: string): readonly ClosedGate[] {
  const { data } = useQuery(closedGatesQuery(application));
  return data?.find((each) => each.environment === environment)?.gates ?? [];
}

/** A stop holds from one second to the next: where changes do not arrive, every page asks often. */
export const stopsQuery = queryOptions({
  queryKey: keys.stops,
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/stops", { signal }))).items,
  staleTime: 5_000,
  refetchInterval: whileNotLive(10_000),
});

/** What a gate lets through shows in overviews and in operations. */
function useRefresh(changed: readonly string[]) {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: changed }),
      queryClient.invalidateQueries({ queryKey: keys.applications.all }),
      queryClient.invalidateQueries({ queryKey: keys.operations.all }),
    ]);
}

export function useCreateHold() {
  return useMutation({
    mutationFn: (hold: HoldCreate) => body(api.POST("/api/v1/holds", { body: hold })),
    onSuccess: useRefresh(keys.holds),
  });
}

export function useLiftHold(hold: string) {
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/holds/{hold}", { params: { path: { hold } } })),
    onSuccess: useRefresh(keys.holds),
  });
}

export function useCreateStop() {
  return useMutation({
    mutationFn: (stop: StopCreate) => body(api.POST("/api/v1/stops", { body: stop })),
    onSuccess: useRefresh(keys.stops),
  });
}

export function useLiftStop(stop: string) {
  return useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/stops/{stop}", { params: { path: { stop } } })),
    onSuccess: useRefresh(keys.stops),
  });
}
