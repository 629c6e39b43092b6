import { Tooltip } from "@mantine/core";
import type { TimelineEntry } from "@/api/contract";
import { duration, exactTime } from "@/lib/time";
import { Link } from "@/ui/link";
import { StatusBadge } from "@/ui/status-badge";
import { Took } from "@/ui/time";
import { clockOf, statusOf } from "./model";
import classes from "./timeline.module.css";

interface EntryLineProps {
  application: string;
  environment: string;
  entry: TimelineEntry;
}

/** One entry: when it began, what it is, what happened and for how long, and the way to what it is about. */
export function EntryLine({ application, environment, entry }: EntryLineProps) {
  const { at, until, text, operation, release, divergence } = entry;
  return (
    <li className={classes.entry} data-tone={entry.tone}>
      <Tooltip label={exactTime(new Date(at))} withArrow>
        <time dateTime={at} className={`${classes.time} sc-numbers`}>
          {clockOf(at)}
        </time>
      </Tooltip>
      <span className={classes.kind}>
        <StatusBadge status={statusOf(entry)} />
      </span>
      <span className={classes.what}>
        {text}
        <span className={classes.sub}>
          <Lasted at={at} until={until} />
          {operation ? (
            <Link to="/operations/$operation" params={{ operation }} size="sm">
              Operation
            </Link>
          ) : null}
          {release !== null ? (
            <Link to="/applications/$application" params={{ application }} search={{ environment }} size="sm">
              Release {release}
            </Link>
          ) : null}
          {divergence ? (
            <Link to="/drift" size="sm">
              Drift
            </Link>
          ) : null}
        </span>
      </span>
    </li>
  );
}

/** How long something took, or has lasted so far; nothing of what was a moment. */
function Lasted({ at, until }: Pick<TimelineEntry, "at" | "until">) {
  if (until === null)
    return (
      <span>
        goes on, for <Took from={at} to={null} />
      </span>
    );
  const took = new Date(until).getTime() - new Date(at).getTime();
  return took >= 1000 ? (
    <Tooltip label={`until ${exactTime(new Date(until))}`} withArrow>
      <span className="sc-numbers">{duration(took)}</span>
    </Tooltip>
  ) : null;
}
