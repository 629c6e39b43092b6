import { Tooltip } from "@mantine/core";
import type { Hold, MatrixCell } from "@/api/contract";
import { levelHref } from "@/lib/level";
import { missingHint, missingWords } from "@/lib/missing-keys";
import { exactTime } from "@/lib/time";
import { count, listed } from "@/lib/words";
import { FollowBadge } from "@/ui/follow-badge";
import { HoldBadge } from "@/ui/hold-badge";
import { Icon } from "@/ui/icons";
import { LightLink } from "@/ui/light-link";
import { StatusBadge } from "@/ui/status-badge";
import { customStatus, healthStatus } from "@/ui/statuses";
import classes from "./matrix.module.css";
import { comparisonOf, conditionsOf, pageOf, versionsOf, type Condition } from "./model";

interface MatrixCellViewProps {
  application: string;
  cell: MatrixCell;
  /** Of the application there, or of the whole environment. */
  hold: Hold | undefined;
}

/** An application in one environment: its tags, its health, and conditions that need attention. */
export function MatrixCellView({ application, cell, hold }: MatrixCellViewProps) {
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
        {lines.map(({ container, version }, index) => (
          <span key={index} className={classes.line}>
            {container ? <span className={classes.container}>{container}</span> : null}
            <span className={classes.version}>{version}</span>
          </span>
        ))}
        {more ? <span className={classes.more}>{more}</span> : null}
        <span className="sc-unseen"> in {cell.environment}</span>
      </LightLink>
      <span className={classes.condition}>
        <StatusBadge status={healthStatus[cell.health]} quiet />
        {hold ? (
          <HoldBadge hold={hold} />
        ) : cell.deploy_mode === "auto" ? (
          <span className={classes.auto}>
            <Icon name="auto" size={12} /> auto
          </span>
        ) : null}
      </span>
      {conditionsOf(cell).map((condition) => (
        <span key={condition} className={classes.condition}>
          <ConditionView condition={condition} application={application} cell={cell} />
        </span>
      ))}
    </div>
  );
}

/** The custom resource that needs attention first, and how many others do. */
function CustomResourcesView({ found }: { found: NonNullable<MatrixCell["custom_resources"]> }) {
  const { resource, health, reason, since, unhealthy } = found;
  if (resource === null || health === null) return null;
  const status = customStatus(health, reason);
  const others = unhealthy > 1 ? ` and ${count(unhealthy - 1, "other", "others")}` : "";
  const words = [status.label, reason, since ? `since ${exactTime(new Date(since))}` : null].filter(Boolean).join(", ");
  return (
    <span className={classes.custom}>
      <StatusBadge quiet status={{ ...status, label: `${resource}${others}` }} hint={words} />
    </span>
  );
}

interface ConditionProps {
  condition: Condition;
  application: string;
  cell: MatrixCell;
}

function ConditionView({ condition, application, cell }: ConditionProps) {
  switch (condition) {
    case "follow":
      return cell.follow && <FollowBadge follow={cell.follow} />;
    case "operation":
      return (
        <LightLink className={classes.operation} href={`/operations/${cell.active_operation}`}>
          Operation running
        </LightLink>
      );
    case "custom":
      return cell.custom_resources && <CustomResourcesView found={cell.custom_resources} />;
    case "drift":
      return <StatusBadge quiet status={{ label: "Drift", tone: "warn", icon: "split" }} />;
    case "skew":
      return <StatusBadge quiet status={{ label: "Skew", tone: "warn", icon: "split" }} />;
    case "not-level":
      return <NotLevelLink cell={cell} />;
    case "missing-keys":
      return <MissingKeysLink application={application} cell={cell} />;
    case "stale":
      return <StatusBadge quiet status={{ label: "Cluster not responding", tone: "warn", icon: "unplug" }} />;
  }
}

/** Which cluster lacks what the others of its environment have, and the way to bring it level. */
function NotLevelLink({ cell: { environment, not_level: clusters } }: Pick<ConditionProps, "cell">) {
  const [first] = clusters;
  if (first === undefined) return null;
  const label = clusters.length === 1 ? `${first} not level` : `${count(clusters.length, "cluster")} not level`;
  return (
    <LightLink className={classes.missing} href={levelHref(environment, first)}>
      <StatusBadge
        quiet
        status={{ label, tone: "warn", icon: "copy" }}
        hint={clusters.length > 1 ? listed(clusters) : null}
      />
      <span className="sc-unseen"> in {environment}</span>
    </LightLink>
  );
}

/** How many keys the environment lacks; which, on hover, on focus and to screen readers; and the way to the comparison. */
function MissingKeysLink({ application, cell }: Pick<ConditionProps, "application" | "cell">) {
  const missing = cell.missing_keys;
  if (!missing) return null;
  const hint = missingHint(missing);
  return (
    <Tooltip label={hint} multiline maw={360} withArrow events={{ hover: true, focus: true, touch: true }}>
      <span>
        <LightLink className={classes.missing} href={comparisonOf(application, missing.source, cell.environment)}>
          <StatusBadge quiet status={{ label: missingWords(missing), tone: "idle", icon: "key" }} />
          <span className="sc-unseen">
            {" "}
            in {cell.environment}: {hint}
          </span>
        </LightLink>
      </span>
    </Tooltip>
  );
}
