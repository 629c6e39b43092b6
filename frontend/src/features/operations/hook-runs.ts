/** The runs of an operation's hooks and checks: how they are read and shown. */
import { queryOptions } from "@tanstack/react-query";
import type { HookRun, OperationEvent } from "@/api/contract";
import { api, body } from "@/api/client";
import { keys } from "@/api/keys";
import type { Status } from "@/ui/status-badge";

/** `upTo` is the last event about a run: with the next one the runs are read again. */
export const hookRunsQuery = (operation: string, upTo: number | undefined) =>
  queryOptions({
    queryKey: [...keys.operations.one(operation), "hooks", upTo],
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/operations/{operation}/hooks", { params: { path: { operation } }, signal })),
    select: ({ items }) => items,
    enabled: upTo !== undefined,
    staleTime: Infinity,
    placeholderData: (before) => before,
  });

const ABOUT_RUNS: ReadonlySet<string> = new Set(["hook.started", "hook.ended", "check.started", "check.ended"]);

/** The number of the last event about a hook or a check; undefined where there is none. */
export const lastOfRuns = (events: readonly OperationEvent[]): number | undefined =>
  events.findLast(({ type }) => ABOUT_RUNS.has(type))?.seq;

export const runStatus: Record<HookRun["state"], Status> = {
  running: { label: "Running", tone: "busy", icon: "spin" },
  passed: { label: "Passed", tone: "good", icon: "check" },
  failed: { label: "Failed", tone: "bad", icon: "cross" },
  cancelled: { label: "Cancelled", tone: "idle", icon: "pause" },
  lost: { label: "Not followed", tone: "warn", icon: "question" },
};

const KINDS: Record<HookRun["kind"], string> = { job: "Job", http: "HTTP request", prometheus: "Prometheus query" };

/** What the run is: `Job before ring 1, on prod-eu`. */
export function placeOf({ kind, part, ring, cluster, number }: HookRun): string {
  const when = part === "check" ? `check of ring ${ring}` : `${part} ring ${ring}`;
  const again = number > 1 ? `, try ${number}` : "";
  return `${KINDS[kind]}, ${when}${cluster === null ? "" : `, on ${cluster}`}${again}`;
}
