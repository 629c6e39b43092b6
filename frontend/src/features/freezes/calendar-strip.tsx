import { useMemo, type CSSProperties } from "react";
import type { FreezeEffect, FreezeOccurrence } from "@/api/contract";
import { browserZone, spanIn } from "@/lib/zones";
import { useClock } from "@/ui/clock";
import { Icon, type IconName } from "@/ui/icons";
import { effectWords, stripOf, type Bar, type Day } from "./calendar";
import classes from "./freezes.module.css";

export const effectIcons: Record<FreezeEffect, IconName> = { deny: "lock", allow: "check" };

interface CalendarStripProps {
  occurrences: readonly FreezeOccurrence[];
  /** The zones of the freezes, by their ids. */
  zones: ReadonlyMap<string, string>;
  from: Date;
  days: number;
}

/** When freezes are open, day by day. What a bar shows is also its text, with the times in the zones that matter. */
export function CalendarStrip({ occurrences, zones, from, days }: CalendarStripProps) {
  // The line of now moves by a pixel in some minutes.
  const minute = useClock((moment) => Math.floor(moment / 60_000));
  const now = useMemo(() => new Date(minute * 60_000), [minute]);
  const strip = useMemo(() => stripOf(occurrences, from, days, now), [occurrences, from, days, now]);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable region must be reachable by keyboard
    <div className={classes.scroller} role="region" aria-label="Calendar" tabIndex={0}>
      <div className={classes.strip} style={{ "--days": days } as CSSProperties}>
        <div className={classes.days} aria-hidden="true">
          {strip.days.map((day) => (
            <DayHead key={day.at.getTime()} day={day} narrow={days > 28} />
          ))}
        </div>
        <div className={classes.lanes}>
          {strip.days.map((day) => (
            <span
              key={day.at.getTime()}
              className={classes.column}
              data-weekend={day.weekend || undefined}
              style={{ left: `${day.from}%`, width: `${day.width}%` }}
            />
          ))}
          {strip.now !== null ? <span className={classes.now} style={{ left: `${strip.now}%` }} /> : null}
          {strip.lanes.length === 0 ? <p className={classes.nothing}>No window is open in these weeks.</p> : null}
          {strip.lanes.map(({ freeze, name, effect, bars }) => (
            <section key={freeze} className={classes.lane} aria-label={`${name}: ${effectWords[effect]}`}>
              <p className={classes.laneName}>
                <Icon name={effectIcons[effect]} size={13} /> {name}
              </p>
              <ul className={classes.bars}>
                {bars.map((bar) => (
                  <BarView key={bar.key} bar={bar} zone={zones.get(freeze) ?? null} now={now} />
                ))}
              </ul>
            </section>
          ))}
        </div>
      </div>
    </div>
  );
}

function DayHead({ day, narrow }: { day: Day; narrow: boolean }) {
  const first = day.at.getDate() === 1 || day.from === 0;
  const monday = day.at.getDay() === 1;
  return (
    <span
      className={classes.day}
      data-weekend={day.weekend || undefined}
      data-today={day.today || undefined}
      style={{ left: `${day.from}%`, width: `${day.width}%` }}
    >
      {narrow ? null : <span>{day.at.toLocaleDateString("en-GB", { weekday: "short" })}</span>}
      {!narrow || first || monday ? <span className={classes.date}>{day.at.getDate()}</span> : null}
      {first ? <span>{day.at.toLocaleDateString("en-GB", { month: "short" })}</span> : null}
    </span>
  );
}

function BarView({ bar, zone, now }: { bar: Bar; zone: string | null; now: Date }) {
  const { starts, ends, effect, reason } = bar.occurrence;
  const text = `${whenInWords(bar.occurrence, zone, now)}${bar.open ? ", open now" : ""}. ${reason}`;
  return (
    <li
      className={classes.bar}
      data-effect={effect}
      data-open={bar.open || undefined}
      data-before={bar.cutBefore || undefined}
      data-after={bar.cutAfter || undefined}
      title={text}
      style={{ left: `${bar.from}%`, width: `${bar.width}%` }}
    >
      <time className="sc-unseen" dateTime={`${starts}/${ends}`}>
        {text}
      </time>
    </li>
  );
}

/** `Fri 27 Nov, 15:00 – Mon 30 Nov, 07:00 in Europe/Berlin, for you Fri 27 Nov, 09:00 – …`. */
export function whenInWords({ starts, ends }: FreezeOccurrence, zone: string | null, now: Date): string {
  const [from, to] = [new Date(starts), new Date(ends)];
  const here = browserZone();
  const mine = spanIn(here, from, to, now);
  if (zone === null) return mine;
  const there = spanIn(zone, from, to, now);
  return there === mine ? mine : `${there} in ${zone}, for you ${mine}`;
}
