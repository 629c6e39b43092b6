/** The status and expiry of tokens. Pure: the current time is always an argument. */
import type { Token } from "@/api/contract";
import { scopeWords } from "@/lib/rights";
import type { Status } from "@/ui/status-badge";

type State = "valid" | "expires-soon" | "expired" | "revoked";

const DAY = 86_400_000;
const SOON = 7 * DAY;

export const tokenStatus: Record<State, Status> = {
  valid: { label: "Valid", tone: "good", icon: "check" },
  "expires-soon": { label: "Expires soon", tone: "warn", icon: "clock" },
  expired: { label: "Expired", tone: "idle", icon: "clock" },
  revoked: { label: "Revoked", tone: "idle", icon: "cross" },
};

export function stateOf({ revoked_at: revoked, expires_at: expires }: Token, now: number): State {
  if (revoked !== null) return "revoked";
  if (expires === null) return "valid";
  const left = new Date(expires).getTime() - now;
  if (left <= 0) return "expired";
  return left < SOON ? "expires-soon" : "valid";
}

export const isUsable = (token: Token, now: number): boolean => !["expired", "revoked"].includes(stateOf(token, now));

export const lifetimes = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
  { value: "date", label: "Until a date" },
  { value: "never", label: "Until revoked" },
] as const;
export type Lifetime = (typeof lifetimes)[number]["value"];

/**
 * The expiry of a token with this lifetime: null for never, undefined while the date is missing. A date includes its whole
 * day in the browser's time zone.
 */
export function expiryOf(lifetime: Lifetime, date: string, now: number): string | null | undefined {
  if (lifetime === "never") return null;
  if (lifetime !== "date") return new Date(now + Number(lifetime) * DAY).toISOString();
  const end = new Date(`${date}T23:59:59`);
  return Number.isNaN(end.getTime()) ? undefined : end.toISOString();
}

/** The names in a list with commas; null, which stands for all, where there is none. */
export function namesOf(text: string): string[] | null {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  return names.length > 0 ? names : null;
}

/** What a token is limited to, as `promoter on shop in Staging`. */
export const limitWords = ({ role, applications, environments }: Token): string =>
  `${role} on ${scopeWords({ applications, labels: null, environments })}`;
