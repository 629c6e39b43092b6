/** Times and durations as text. Pure: the current time is always an argument. */

// A unit is used until the next one is at least two: a token that is valid for 90 days expires in 90 days, not in 2 months.
const steps: [limitSeconds: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [60, "second", 1],
  [3600, "minute", 60],
  [172_800, "hour", 3600],
  [8_640_000, "day", 86_400],
  [63_115_200, "month", 2_629_800],
  [Infinity, "year", 31_557_600],
];

// Never `tomorrow` or `next year`, which say up to twice as long.
const relativeFormat = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const exactFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });

/** `3 minutes ago`, `in 2 hours`; within five seconds of now, `just now`. What is passed is cut, what is left is rounded. */
export function relativeTime(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  const [, unit, size] = steps.find(([limit]) => Math.abs(seconds) < limit) ?? steps[steps.length - 1]!;
  return relativeFormat.format(seconds < 0 ? Math.ceil(seconds / size) : Math.round(seconds / size), unit);
}

const clockFormat = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** The time of the day in the browser's time zone. */
export const clockTime = (at: Date): string => clockFormat.format(at);

/** The full date and time in the browser's time zone. */
export const exactTime = (at: Date): string => exactFormat.format(at);

/** A duration: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
