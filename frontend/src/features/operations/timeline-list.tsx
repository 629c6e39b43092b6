import type { OperationEvent } from "@/api/contract";
import { exactTime } from "@/lib/time";
import { sentenceOf } from "./model-sentences";
import classes from "./operation-page.module.css";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** All events, oldest first, with the time of day: fit to be pasted into an incident report. */
export function TimelineList({ events }: { events: readonly OperationEvent[] }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable list must be reachable by keyboard
    <ol className={classes.timeline} aria-label="Events" tabIndex={0}>
      {events.map((event) => (
        <li key={event.seq}>
          <time dateTime={event.at} title={exactTime(new Date(event.at))} className="sc-numbers">
            {clock.format(new Date(event.at))}
          </time>
          <span>{event.cluster ?? "all clusters"}</span>
          <span className={classes.timelineText}>{sentenceOf(event)}</span>
        </li>
      ))}
    </ol>
  );
}
