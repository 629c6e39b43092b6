/** Wall clocks of time zones. Pure, apart from the browser's own zone. */

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

let zones: string[] | null = null;

/** The IANA names that the browser knows. */
export function allZones(): readonly string[] {
  if (zones === null) {
    const known = Intl.supportedValuesOf("timeZone");
    // Browsers leave it out, though it is a name of the database.
    zones = known.includes("UTC") ? known : ["UTC", ...known];
  }
  return zones;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(zone, format);
  return format;
}

type Part = "weekday" | "day" | "month" | "year" | "hour" | "minute";

const partsOf = (at: Date, zone: string): Record<Part, string> =>
  Object.fromEntries(
    formatFor(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  ) as Record<Part, string>;

/**
 * `Fri 27 Nov, 15:00 – Mon 30 Nov, 07:00`: when something is open, by the clock of a zone. The year is said where it is not
 * the present one.
 */
export function spanIn(zone: string, starts: Date, ends: Date, now: Date): string {
  const from = partsOf(starts, zone);
  const to = partsOf(ends, zone);
  const { year } = partsOf(now, zone);
  const dayOf = (each: Record<Part, string>) =>
    `${each.weekday} ${each.day} ${each.month}${each.year === year ? "" : ` ${each.year}`}`;
  const first = `${dayOf(from)}, ${from.hour}:${from.minute}`;
  const last = `${to.hour}:${to.minute}`;
  return dayOf(from) === dayOf(to) ? `${first} – ${last}` : `${first} – ${dayOf(to)}, ${last}`;
}

const asUtc = (wall: string): number => Date.parse(`${wall.length === 16 ? `${wall}:00` : wall}Z`);

/** How far the clock of a zone is ahead of UTC at a moment, in milliseconds. */
function aheadAt(moment: number, zone: string): number {
  const { year, month, day, hour, minute } = partsOf(new Date(moment), zone);
  const shown = Date.parse(`${day} ${month} ${year} ${hour}:${minute} UTC`);
  return shown - Math.floor(moment / 60_000) * 60_000;
}

/**
 * The moment at which the clock of a zone shows `wall` (`2026-11-27T15:00`). Of a time that it shows twice the first one
 * counts, and a time that it skips is read with the offset before the change (RFC 5545, section 3.3.5), as the service does.
 */
export function momentOf(wall: string, zone: string): Date {
  const there = asUtc(wall);
  const day = 86_400_000;
  const before = aheadAt(there - day, zone);
  const after = aheadAt(there + day, zone);
  const early = there - before;
  if (aheadAt(early, zone) === before) return new Date(early);
  const late = there - after;
  return new Date(aheadAt(late, zone) === after ? late : early);
}

/** Whether a wall-clock time, as a field has it, is one. */
export const isWall = (wall: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(wall) && !isNaN(asUtc(wall));
