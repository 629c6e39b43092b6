/**
 * Previews a plan and starts exactly that plan: the one way in which adopting, configuring, importing, promoting and
 * rolling back do it.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "./keys";
import { asProblem } from "./problem";
import { useInstanceKey, useStart, type KeyFor } from "./use-start";

interface PlanOptions<Plan, Started> {
  /** The request as text: a plan is valid for the request from which it was made, and for no other. */
  request: string;
  /** `automatic` previews every request as soon as it is there; `on-demand` waits for a call of `preview`. */
  mode: "automatic" | "on-demand";
  /** False while there is no complete request. */
  enabled?: boolean;
  preview: (signal: AbortSignal) => Promise<Plan>;
  start: (plan: Plan, keyFor: KeyFor) => Promise<Started>;
  onStarted: (started: Started) => void;
  /** Called when the service refuses the plan as outdated, after its current plan has replaced this one. */
  onOutdated?: () => void;
}

interface Previewed {
  request: string;
  revision: number;
}

export function usePlan<Plan, Started>(options: PlanOptions<Plan, Started>) {
  const { request, mode, enabled = true, preview, start, onStarted, onOutdated } = options;
  const queryClient = useQueryClient();
  const instance = useInstanceKey();
  const automatic = mode === "automatic";
  const [previewed, setPreviewed] = useState<Previewed | null>(automatic ? { request, revision: 0 } : null);
  const ask = () => setPreviewed({ request, revision: (previewed?.revision ?? 0) + 1 });
  if (automatic && previewed?.request !== request) ask();

  // The key counts previews instead of naming the request, which may hold Secret values.
  const queryKey = keys.plan(instance, previewed?.revision ?? 0);
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => preview(signal),
    enabled: enabled && previewed !== null,
    staleTime: automatic ? 0 : Infinity,
    gcTime: 0,
  });
  const starting = useStart({
    start,
    onStarted,
    onError: (error) => {
      const current = currentPlan<Plan>(error);
      if (current === null) return;
      queryClient.setQueryData(queryKey, current);
      onOutdated?.();
    },
  });
  const plan = previewed?.request === request ? query.data : undefined;

  return {
    /** The preview as it is loaded. */
    query,
    /** The plan for the present request; undefined while there is none. */
    plan,
    /** Whether there is a plan, but for a request that has changed since. */
    outdated: plan === undefined && query.data !== undefined,
    preview: () => {
      starting.reset();
      if (previewed?.request === request) void query.refetch();
      else ask();
    },
    start: () => {
      if (plan !== undefined) starting.mutate(plan);
    },
    starting: starting.isPending,
    startError: starting.error,
  };
}

/** The plan as it is now, where the service refused because it has become outdated. */
function currentPlan<Plan>(error: unknown): Plan | null {
  const { code, document } = asProblem(error);
  return code === "plan-outdated" && document.plan ? (document.plan as Plan) : null;
}
