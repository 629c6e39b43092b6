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
 * A state in words with an icon of its own; colour only repeats what both say. `quiet` leaves the frame out, for dense
 * tables; `hint` says why, on hover and to screen readers.
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
      <Icon name={status.icon} size={13} className={status.icon === "spin" ? classes.turning : undefined} />
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
