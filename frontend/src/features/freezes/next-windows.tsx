import type { FreezeOccurrence } from "@/api/contract";
import { scopeWords } from "@/lib/rights";
import { useClock } from "@/ui/clock";
import { StatusBadge } from "@/ui/status-badge";
import { whenInWords } from "./calendar-strip";
import { effectStatus } from "./freeze-table";
import classes from "./freezes.module.css";

const SHOWN = 5;

interface NextWindowsProps {
  occurrences: readonly FreezeOccurrence[];
  /** The zones of the freezes, by their ids. */
  zones: ReadonlyMap<string, string>;
}

/** The windows that are open and those that open next, in words: what the strip shows as bars. */
export function NextWindows({ occurrences, zones }: NextWindowsProps) {
  const minute = useClock((now) => Math.floor(now / 60_000));
  const now = new Date(minute * 60_000);
  const next = occurrences.filter(({ ends }) => new Date(ends) > now).slice(0, SHOWN);
  if (next.length === 0) return null;
  return (
    <ol className={classes.next} aria-label="Next windows">
      {next.map((each) => (
        <li key={`${each.freeze} ${each.starts}`}>
          <StatusBadge status={effectStatus[each.effect]} />
          <p>
            {new Date(each.starts) <= now ? <strong>Open now: </strong> : null}
            {each.name}, {whenInWords(each, zones.get(each.freeze) ?? null, now)}
            <span className={classes.sub}>{scopeWords(each)}</span>
          </p>
        </li>
      ))}
    </ol>
  );
}
