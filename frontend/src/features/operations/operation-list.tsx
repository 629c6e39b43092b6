import type { Operation } from "@/api/contract";
import { DirectionBadge } from "@/ui/direction";
import { Link } from "@/ui/link";
import { StatusBadge } from "@/ui/status-badge";
import { kindWords, operationStatus } from "@/ui/statuses";
import { Time } from "@/ui/time";
import classes from "./operation-list.module.css";

/** A short list of operations for a narrow column. */
export function OperationList({ operations }: { operations: readonly Operation[] }) {
  return (
    <ul className={classes.list}>
      {operations.map((operation) => (
        <li key={operation.id} className={classes.entry}>
          <Link to="/operations/$operation" params={{ operation: operation.id }}>
            {kindWords[operation.kind]}
            {operation.source_environment ? ` from ${operation.source_environment}` : ""}
          </Link>
          <StatusBadge quiet status={operationStatus[operation.state]} />
          {operation.downgrade ? <DirectionBadge direction="downgrade" /> : null}
          <span className={classes.by}>
            {operation.actor}, <Time at={operation.created_at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
