/** The calendar strip: when freezes are open, day by day, a lane for each freeze. Pure. */
import type { FreezeEffect, FreezeOccurrence } from "@/api/contract";

export interface Day {
  /** Midnight by the clock of the browser. */
  at: Date;
  /** In percent of the strip's width. */
  from: number;
  width: number;
  /** Saturday or Sunday. */
  weekend: boolean;
  today: boolean;
}

export interface Bar {
  key: string;
  occurrence: FreezeOccurrence;
  /** In percent of the strip's width. */
  from: number;
  width: number;
  /** It began before the strip, or ends after it. */
  cutBefore: boolean;
  cutAfter: boolean;
  open: boolean;
}

export interface Lane {
  freeze: string;
  name: string;
  effect: FreezeEffect;
  bars: Bar[];
}

export interface Strip {
  days: Day[];
  lanes: Lane[];
  /** Where now is, in percent; null outside the strip. */
  now: number | null;
}

/** Midnight by the clock of the browser, `days` days later: a day of a clock change has 23 or 25 hours. */
export const midnight = (at: Date, days = 0): Date => new Date(at.getFullYear(), at.getMonth(), at.getDate() + days);

/** The Monday of the week of a day. */
export const monday = (at: Date): Date => midnight(at, -((at.getDay() + 6) % 7));

/** The strip from a midnight on. Freezes that are not open in this time have no lane. */
export function stripOf(occurrences: readonly FreezeOccurrence[], from: Date, length: number, now: Date): Strip {
  const start = from.getTime();
  const whole = midnight(from, length).getTime() - start;
  const percent = (moment: number) => Math.min(100, Math.max(0, ((moment - start) / whole) * 100));
  const days = Array.from({ length }, (_, index): Day => {
    const at = midnight(from, index);
    const left = percent(at.getTime());
    const next = midnight(from, index + 1);
    return {
      at,
      from: left,
      width: percent(next.getTime()) - left,
      weekend: at.getDay() % 6 === 0,
      today: at <= now && now < next,
    };
  });
  const lanes = new Map<string, Lane>();
  for (const occurrence of occurrences) {
    const [begins, ends] = [Date.parse(occurrence.starts), Date.parse(occurrence.ends)];
    if (ends <= start || begins >= start + whole) continue;
    const { freeze, name, effect } = occurrence;
    const lane = lanes.get(freeze) ?? { freeze, name, effect, bars: [] };
    lanes.set(freeze, lane);
    lane.bars.push({
      key: `${freeze} ${occurrence.starts}`,
      occurrence,
      from: percent(begins),
      width: percent(ends) - percent(begins),
      cutBefore: begins < start,
      cutAfter: ends > start + whole,
      open: begins <= now.getTime() && now.getTime() < ends,
    });
  }
  const passed = now.getTime() - start;
  return {
    days,
    lanes: [...lanes.values()].sort((one, other) => one.name.localeCompare(other.name)),
    now: passed >= 0 && passed < whole ? percent(now.getTime()) : null,
  };
}

/** What a window does, in a word or three. */
export const effectWords: Record<FreezeEffect, string> = { deny: "Frozen", allow: "Open for deployments" };
