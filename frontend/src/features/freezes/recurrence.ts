/** Recurrence rules (RFC 5545, section 3.3.10) as the choices of a form, and as words. Pure. */
import { count, listed } from "@/lib/words";
import { momentOf } from "@/lib/zones";

export const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof weekdays)[number];

export const weekdayNames: Record<Weekday, string> = {
  MO: "Monday",
  TU: "Tuesday",
  WE: "Wednesday",
  TH: "Thursday",
  FR: "Friday",
  SA: "Saturday",
  SU: "Sunday",
};

export type Repeat = "once" | "daily" | "weekly" | "monthly" | "yearly" | "custom";

export interface Recurrence {
  repeat: Repeat;
  /** Every so many days, weeks, months or years. */
  every: number;
  /** Of `weekly`; empty: the weekday of the start. */
  days: readonly Weekday[];
  /** Of `monthly`: the day of the month of the start (null), or a weekday: `2FR`, `-1FR`. */
  monthDay: string | null;
  /** The last day on which it may begin, in the freeze's zone; null: for good. */
  until: string | null;
  /** Of `custom`: the rule as it is written. */
  rule: string;
}

export const once: Recurrence = { repeat: "once", every: 1, days: [], monthDay: null, until: null, rule: "" };

const frequencies = { daily: "DAILY", weekly: "WEEKLY", monthly: "MONTHLY", yearly: "YEARLY" } as const;
type Regular = keyof typeof frequencies;
const units: Record<Regular, string> = { daily: "day", weekly: "week", monthly: "month", yearly: "year" };
export const unitOf = (repeat: Repeat): string | null => (repeat in units ? units[repeat as Regular] : null);

/** The rule for the choices; null for once. */
export function ruleFor(chosen: Recurrence, zone: string): string | null {
  const { repeat, every, days, monthDay, until } = chosen;
  if (repeat === "once") return null;
  if (repeat === "custom") return chosen.rule.trim() || null;
  const parts = [`FREQ=${frequencies[repeat]}`];
  if (every > 1) parts.push(`INTERVAL=${every}`);
  if (repeat === "weekly" && days.length > 0)
    parts.push(`BYDAY=${weekdays.filter((day) => days.includes(day)).join(",")}`);
  if (repeat === "monthly" && monthDay) parts.push(`BYDAY=${monthDay}`);
  if (until) parts.push(`UNTIL=${compact(momentOf(`${until}T23:59`, zone))}`);
  return parts.join(";");
}

/** `20261231T225900Z`, as RFC 5545 writes a moment. */
const compact = (at: Date): string => at.toISOString().replace(/[-:]|\.\d+/g, "");

/** The choices that write this rule; `custom` where no choices do. */
export function choicesOf(rule: string | null, zone: string): Recurrence {
  if (rule === null) return once;
  const custom: Recurrence = { ...once, repeat: "custom", rule };
  const parts = new Map(
    rule
      .trim()
      .toUpperCase()
      .replace(/^RRULE:/, "")
      .split(";")
      .map((part) => part.split("=") as [string, string]),
  );
  const repeat = (Object.keys(frequencies) as Regular[]).find((each) => frequencies[each] === parts.get("FREQ"));
  if (!repeat) return custom;
  const byDay = parts.get("BYDAY")?.split(",") ?? [];
  const until = parts.get("UNTIL");
  const chosen: Recurrence = {
    ...once,
    repeat,
    every: Number(parts.get("INTERVAL") ?? "1"),
    days: repeat === "weekly" ? weekdays.filter((day) => byDay.includes(day)) : [],
    monthDay: repeat === "monthly" ? (parts.get("BYDAY") ?? null) : null,
    until: until ? lastDay(until, zone) : null,
  };
  const again = new Map(
    ruleFor(chosen, zone)
      ?.split(";")
      .map((part) => part.split("=") as [string, string]),
  );
  const same =
    again.size === parts.size - (parts.get("INTERVAL") === "1" ? 1 : 0) &&
    [...again].every(([name, value]) => name === "UNTIL" || sorted(parts.get(name)) === sorted(value));
  const plainMonth = chosen.monthDay === null || /^(-1|[1-5])(MO|TU|WE|TH|FR|SA|SU)$/.test(chosen.monthDay);
  return same && plainMonth ? chosen : custom;
}

const sorted = (value: string | undefined): string => (value ?? "").split(",").sort().join(",");

/** The day of an UNTIL by the clock of the zone. */
function lastDay(until: string, zone: string): string | null {
  const found = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z)?$/.exec(until);
  if (!found) return null;
  const [, year, month, day, hour, minute, second] = found;
  if (hour === undefined) return `${year}-${month}-${day}`;
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(
    at,
  );
}

const dateOf = (wall: string): Date => new Date(`${wall.slice(0, 10)}T00:00:00Z`);
const weekdayOf = (wall: string): Weekday => weekdays[(dateOf(wall).getUTCDay() + 6) % 7]!;
const ordinals = ["first", "second", "third", "fourth", "fifth"];

/** Which days of a month a monthly rule from this start may name, as values of `monthDay` ("" for its number). */
export function monthChoices(starts: string): { value: string; label: string }[] {
  const date = dateOf(starts);
  const day = date.getUTCDate();
  const weekday = weekdayOf(starts);
  const nth = Math.floor((day - 1) / 7);
  const daysOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const choices = [
    { value: "", label: `on day ${day}` },
    { value: `${nth + 1}${weekday}`, label: `on the ${ordinals[nth]} ${weekdayNames[weekday]}` },
  ];
  if (day + 7 > daysOfMonth) choices.push({ value: `-1${weekday}`, label: `on the last ${weekdayNames[weekday]}` });
  return choices;
}

/** `every 2 weeks on Monday and Friday, until 2026-12-31`; `once`. */
export function recurrenceInWords(rule: string | null, zone: string): string {
  const chosen = choicesOf(rule, zone);
  if (chosen.repeat === "once") return "once";
  if (chosen.repeat === "custom") return chosen.rule;
  const unit = units[chosen.repeat];
  const pace = chosen.every === 1 ? `every ${unit}` : `every ${count(chosen.every, unit)}`;
  const days = chosen.days.length > 0 ? ` on ${listed(chosen.days.map((day) => weekdayNames[day]))}` : "";
  const month = chosen.monthDay ? ` on the ${nthWeekday(chosen.monthDay)}` : "";
  return `${pace}${days}${month}${chosen.until ? `, until ${chosen.until}` : ""}`;
}

function nthWeekday(monthDay: string): string {
  const weekday = weekdayNames[monthDay.slice(-2) as Weekday];
  return monthDay.startsWith("-1") ? `last ${weekday}` : `${ordinals[Number(monthDay[0]) - 1]} ${weekday}`;
}
