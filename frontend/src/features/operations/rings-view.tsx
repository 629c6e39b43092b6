import type { OperationDetail } from "@/api/contract";
import { duration } from "@/lib/time";
import { useClock } from "@/ui/clock";
import { StatusBadge } from "@/ui/status-badge";
import classes from "./operation-page.module.css";
import { ringViews } from "./rings";

interface RingsViewProps {
  operation: OperationDetail;
  rings: NonNullable<OperationDetail["rings"]>;
  ended: boolean;
}

/** The rings of an operation in their order, with the soak that runs down. */
export function RingsView({ operation, rings, ended }: RingsViewProps) {
  return (
    <ol className={classes.rings} aria-label="Rings">
      {ringViews(rings, operation.clusters, ended).map(({ number, clusters, status, soaksUntil, proves }) => (
        <li key={number} className={classes.ring} data-tone={status.tone}>
          <strong>Ring {number}</strong>
          <StatusBadge status={status} />
          <span>{clusters.length > 5 ? `${clusters.length} clusters` : clusters.join(", ")}</span>
          {soaksUntil ? <Remaining until={soaksUntil} /> : null}
          {proves ? <span className={classes.ringProves}>{proves}</span> : null}
        </li>
      ))}
    </ol>
  );
}

function Remaining({ until }: { until: string }) {
  const words = useClock((now) => duration(new Date(until).getTime() - now));
  return <span className="sc-numbers">{words} left</span>;
}
