import type { MatrixCell } from "@/api/contract";
import { Icon } from "@/ui/icons";
import { LightLink } from "@/ui/light-link";
import { StatusBadge } from "@/ui/status-badge";
import { healthStatus } from "@/ui/statuses";
import classes from "./matrix.module.css";
import { pageOf, unusualIn, versionsOf, type Mark } from "./model";

/** An application in one environment at a glance: version, health, and what is out of the ordinary. */
export function MatrixCellView({ application, cell }: { application: string; cell: MatrixCell }) {
  if (!cell.configured) {
    return (
      <LightLink className={classes.unconfigured} href={pageOf(application, cell.environment)}>
        Not configured
      </LightLink>
    );
  }
  const { lines, more } = versionsOf(cell.images);
  return (
    <div>
      <LightLink className={classes.versions} href={pageOf(application, cell.environment)}>
        {lines.length === 0 ? <span className={classes.line}>No workloads</span> : null}
        {lines.map(({ what, version }, index) => (
          <span key={index} className={classes.line}>
            {what ? <span className={classes.what}>{what}</span> : null}
            <span className={classes.version}>{version}</span>
          </span>
        ))}
        {more ? <span className={classes.more}>{more}</span> : null}
        <span className="sc-unseen"> in {cell.environment}</span>
      </LightLink>
      <span className={classes.mark}>
        <StatusBadge status={healthStatus[cell.health]} quiet />
        {cell.deploy_mode === "auto" ? (
          <span className={classes.auto}>
            <Icon name="auto" size={12} /> auto
          </span>
        ) : null}
      </span>
      {unusualIn(cell).map((mark) => (
        <span key={mark} className={classes.mark}>
          <Unusual mark={mark} cell={cell} />
        </span>
      ))}
    </div>
  );
}

function Unusual({ mark, cell }: { mark: Mark; cell: MatrixCell }) {
  switch (mark) {
    case "operation":
      return (
        <LightLink className={classes.operation} href={`/operations/${cell.active_operation}`}>
          Operation under way
        </LightLink>
      );
    case "skew":
      return <StatusBadge quiet status={{ label: "Clusters differ", tone: "warn", icon: "split" }} />;
    case "stale":
      return <StatusBadge quiet status={{ label: "A cluster is silent", tone: "warn", icon: "unplug" }} />;
  }
}
