import { count, listed } from "@/lib/words";
import type { PlacedWorkload } from "./model";
import classes from "./ownership.module.css";

/** More would hide what is said about them. */
const SHOWN = 6;

/** The workloads of which something holds, with the clusters where it does not hold everywhere. */
export function WorkloadNames({ workloads }: { workloads: readonly PlacedWorkload[] }) {
  if (workloads.length === 0) return null;
  if (workloads.length <= SHOWN) return <Names workloads={workloads} />;
  return (
    <details className={classes.many}>
      <summary>{count(workloads.length, "workload")}</summary>
      <Names workloads={workloads} />
    </details>
  );
}

function Names({ workloads }: { workloads: readonly PlacedWorkload[] }) {
  return (
    <ul className={classes.names}>
      {workloads.map(({ name, clusters }) => (
        <li key={name}>
          <code>{name}</code>
          {clusters.length > 0 ? <span className={classes.dim}> on {listed(clusters)}</span> : null}
        </li>
      ))}
    </ul>
  );
}
