import { useQuery } from "@tanstack/react-query";
import type { HookRun, OperationEvent } from "@/api/contract";
import { Stale } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { StatusBadge } from "@/ui/status-badge";
import { Took } from "@/ui/time";
import { hookRunsQuery, lastOfRuns, placeOf, runStatus } from "./hook-runs";
import classes from "./hook-runs.module.css";

interface HookRunsProps {
  operation: string;
  events: readonly OperationEvent[];
}

/** The hooks and checks that ran in an operation, with what came of each and the log of its Job. */
export function HookRuns({ operation, events }: HookRunsProps) {
  const query = useQuery(hookRunsQuery(operation, lastOfRuns(events)));
  if (query.error && !query.data) return <Stale error={query.error} updatedAt={query.dataUpdatedAt} />;
  if (!query.data || query.data.length === 0) return null;
  return (
    <Section title="Hooks and checks">
      <ol className={classes.runs}>
        {query.data.map((run) => (
          <Run key={`${run.part} ${run.ring} ${run.name} ${run.cluster ?? ""} ${run.number}`} run={run} />
        ))}
      </ol>
    </Section>
  );
}

function Run({ run }: { run: HookRun }) {
  const status = runStatus[run.state];
  return (
    <li className={classes.run} data-tone={status.tone}>
      <div className={classes.head}>
        <strong>{run.name}</strong>
        <StatusBadge status={status} />
        <span className={classes.place}>{placeOf(run)}</span>
        <Took from={run.begun_at} to={run.ended_at} />
      </div>
      {run.detail ? <p className={classes.detail}>{run.detail}</p> : null}
      {run.log ? (
        <details open={run.state === "failed"}>
          <summary>
            Log of {run.name}
            {run.log_cut ? " (its end)" : ""}
          </summary>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable log must be reachable by keyboard */}
          <pre className={classes.log} tabIndex={0}>
            {run.log}
          </pre>
        </details>
      ) : null}
    </li>
  );
}
