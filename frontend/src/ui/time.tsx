import { Tooltip } from "@mantine/core";
import { duration, exactTime, relativeTime } from "@/lib/time";
import { useClock } from "./clock";

/** A relative time, with the exact time as a tooltip and in `dateTime`. */
export function Time({ at }: { at: string }) {
  const moment = new Date(at);
  const words = useClock((now) => relativeTime(moment, new Date(now)));
  return (
    <Tooltip label={exactTime(moment)} withArrow>
      <time dateTime={at} className="sc-numbers">
        {words}
      </time>
    </Tooltip>
  );
}

/** The duration between two times, or up to now. */
export function Took({ from, to }: { from: string; to: string | null }) {
  const start = new Date(from).getTime();
  const words = useClock((now) => duration((to ? new Date(to).getTime() : now) - start));
  return <span className="sc-numbers">{words}</span>;
}
