/** Tokens as their page sees them. Pure: "now" is always an argument. */
import type { Role, Token } from "@/api/contract";
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

/** What each role may, for whoever has to choose one. */
export const roleWords: Record<Role, string> = {
  viewer: "Sees everything but secrets, changes nothing",
  operator: "Also imports, promotes, deploys and rolls back",
  admin: "Also connects clusters and gives out tokens",
};

export const lifetimes = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "A year" },
  { value: "date", label: "Until a date" },
  { value: "never", label: "Until it is revoked" },
] as const;
export type Lifetime = (typeof lifetimes)[number]["value"];

/**
 * When a token of this lifetime expires: null for never, undefined where a date is still missing. A date is meant with its
 * whole day, where the reader is.
 */
export function expiryOf(lifetime: Lifetime, date: string, now: number): string | null | undefined {
  if (lifetime === "never") return null;
  if (lifetime !== "date") return new Date(now + Number(lifetime) * DAY).toISOString();
  const end = new Date(`${date}T23:59:59`);
  return Number.isNaN(end.getTime()) ? undefined : end.toISOString();
}
