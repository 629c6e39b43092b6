import { Tooltip } from "@mantine/core";
import { Icon, type IconName } from "./icons";
import classes from "./status-badge.module.css";

export type Tone = "good" | "bad" | "busy" | "warn" | "idle";

export interface Status {
  label: string;
  tone: Tone;
  icon: IconName;
}

/**
 * A status as text and icon, so that no information depends on colour. `quiet` removes the frame, for dense tables; `hint`
 * explains the status in a tooltip and to screen readers.
 */
export function StatusBadge({
  status,
  hint,
  quiet = false,
}: {
  status: Status;
  hint?: string | null;
  quiet?: boolean;
}) {
  const badge = (
    <span className={classes.badge} data-tone={status.tone} data-quiet={quiet || undefined}>
      <Icon name={status.icon} size={13} className={status.icon === "spin" ? classes.spinning : undefined} />
      <span className={classes.label}>{status.label}</span>
      {hint ? <span className="sc-unseen">: {hint}</span> : null}
    </span>
  );
  return hint ? (
    <Tooltip label={hint} multiline maw={360} withArrow>
      {badge}
    </Tooltip>
  ) : (
    badge
  );
}
