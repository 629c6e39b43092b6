/** Receivers: texts for the status of deliveries and for settings, and the form of a receiver. Pure. */
import type {
  DeliveryFate,
  IssuedReceiver,
  Provider,
  Receiver,
  ReceiverSettings,
  ReceiverTestResult,
} from "@/api/contract";
import type { Status } from "@/ui/status-badge";

export const fateStatus: Record<DeliveryFate, Status> = {
  accepted: { label: "Accepted", tone: "good", icon: "check" },
  unmatched: { label: "Not running", tone: "warn", icon: "question" },
  ignored: { label: "Ignored", tone: "idle", icon: "dash" },
  repeated: { label: "Repeated", tone: "idle", icon: "history" },
  confirmed: { label: "Confirmed", tone: "good", icon: "link" },
  unreadable: { label: "Unreadable", tone: "bad", icon: "warning" },
  rejected: { label: "Unauthenticated", tone: "bad", icon: "lock" },
};

/** The status of some deliveries, following their number. */
export const fateOfSome: Record<DeliveryFate, string> = {
  accepted: "accepted",
  unmatched: "not running",
  ignored: "ignored",
  repeated: "repeated",
  confirmed: "confirmed",
  unreadable: "unreadable",
  rejected: "unauthenticated",
};

export const fates = Object.keys(fateStatus) as DeliveryFate[];

export const givenStatus: Record<ReceiverTestResult["proof"]["given"], Status> = {
  valid: { label: "Authenticated", tone: "good", icon: "check" },
  none: { label: "No credential", tone: "warn", icon: "question" },
  refused: { label: "Authentication failed", tone: "bad", icon: "lock" },
};

/** The deliveries of the last 24 hours by status, without statuses that did not occur, in the order of `fates`. */
export function dayOf({ deliveries_24h: counts }: Receiver): { fate: DeliveryFate; amount: number }[] {
  return fates.flatMap((fate) => (counts[fate] ? [{ fate, amount: counts[fate] }] : []));
}

export type SettingName = keyof ReceiverSettings;
interface SettingWords {
  label: string;
  description: string;
  example: string;
  as: "line" | "lines" | "switch";
}

export const settingWords: Record<SettingName, SettingWords> = {
  registry: {
    label: "Registry host",
    description: "The registry host in your image names, if deliveries name another host or none.",
    example: "registry.example.com",
    as: "line",
  },
  repositories: {
    label: "Repositories",
    description: "One per line: the repository key in deliveries, and the prefix of its image names.",
    example: "docker-local=registry.example.com/docker-local",
    as: "lines",
  },
  signed: {
    label: "Signed deliveries",
    description:
      "The sender signs each delivery with the secret instead of sending it. Use this if the sender supports it.",
    example: "",
    as: "switch",
  },
  header: {
    label: "Header",
    description: "The HTTP header that contains the secret, if it is not the default one.",
    example: "X-Api-Key",
    as: "line",
  },
  username: {
    label: "User name",
    description: "The user name for basic authentication; the secret is the password.",
    example: "stagecoach",
    as: "line",
  },
  topics: {
    label: "Topics",
    description: "One per line: the ARNs of the Amazon SNS topics to accept.",
    example: "arn:aws:sns:eu-central-1:123456789012:stagecoach",
    as: "lines",
  },
  audience: {
    label: "Audience",
    description: "The audience of the push subscription's tokens.",
    example: "stagecoach",
    as: "line",
  },
  service_account: {
    label: "Service account",
    description: "The Google service account whose tokens to accept.",
    example: "pubsub@project.iam.gserviceaccount.com",
    as: "line",
  },
};

/** The settings as typed in the form. */
export type SettingsDraft = Partial<Record<SettingName, string | boolean>>;

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** Parses lines such as `docker-local=registry.example.com/docker-local`. The service refuses a line without `=`. */
function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    linesOf(text).map((line) => {
      const equals = line.indexOf("=");
      return equals < 0 ? [line, ""] : [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
    }),
  );
}

/** The request's settings: the non-empty ones that the provider uses. */
export function settingsOf(draft: SettingsDraft, names: readonly string[]): ReceiverSettings {
  const settings: Record<string, unknown> = {};
  for (const name of names as readonly SettingName[]) {
    const value = draft[name];
    if (value === true) settings[name] = true;
    else if (typeof value === "string" && value.trim() !== "") {
      if (name === "topics") settings[name] = linesOf(value);
      else settings[name] = name === "repositories" ? pairsOf(value) : value.trim();
    }
  }
  return settings;
}

/** The form for the settings of an existing receiver. */
export function draftOf(settings: Receiver["settings"]): SettingsDraft {
  return {
    ...Object.fromEntries(Object.entries(settings).filter(([, value]) => typeof value === "string")),
    signed: settings.signed,
    topics: settings.topics.join("\n"),
    repositories: Object.entries(settings.repositories)
      .map(([key, before]) => `${key}=${before}`)
      .join("\n"),
  };
}

/** The required settings that are missing: groups of labels, of which one setting is enough. */
export function missingSettings(provider: Provider, draft: SettingsDraft): string[][] {
  const given = new Set(Object.keys(settingsOf(draft, provider.settings)));
  return provider.needs
    .filter((group) => !group.some((name) => given.has(name)))
    .map((group) => group.map((name) => settingWords[name as SettingName].label));
}

const isPath = (address: string): boolean => address.startsWith("/");

/** The absolute address. Without a public URL the service returns a path: then this page's origin is used. */
export const inFull = (address: string, origin: string): string => (isPath(address) ? `${origin}${address}` : address);

/** The setup steps of a new receiver, with absolute addresses. */
export const stepsInFull = ({ setup, full_address: address }: IssuedReceiver, origin: string): string[] =>
  setup.map((step) => (isPath(address) ? step.replaceAll(address, inFull(address, origin)) : step));

/** The placeholder for the secret, which the service does not return again. */
export const SECRET_PLACEHOLDER = "SECRET";

/** The setup steps with a placeholder for the secret. */
export function stepsWithoutSecret(provider: Provider, address: string): string[] {
  const whole = provider.secret_in_address ? `${address}?key=${SECRET_PLACEHOLDER}` : address;
  return provider.setup.map((step) => step.replaceAll("{address}", whole).replaceAll("{secret}", SECRET_PLACEHOLDER));
}

interface StepPart {
  text: string;
  code: boolean;
  /** The value to copy when following the step. */
  copied: string | null;
}

const FIELD = /^[A-Z][\w -]{0,40}: (\S.*)$/;

/** Splits a step into its text and its indented code. */
export function stepParts(step: string): StepPart[] {
  const parts: StepPart[] = [];
  for (const line of step.split("\n")) {
    const code = line.startsWith("    ");
    const text = code ? line.slice(4) : line;
    const last = parts.at(-1);
    if (last?.code === code) last.text += `\n${text}`;
    else parts.push({ text, code, copied: null });
  }
  return parts.map((part) => ({ ...part, copied: part.code ? part.text : (FIELD.exec(part.text)?.[1] ?? null) }));
}

/** Parses headers, one `Name: value` per line; null if a line is none. */
export function parseHeaders(text: string): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const line of linesOf(text)) {
    const colon = line.indexOf(":");
    if (colon <= 0) return null;
    headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return headers;
}

/** Parses the query of an address, given alone or with the address; null if it is none. */
export function parseQuery(text: string): Record<string, string> | null {
  const query = text.trim().slice(text.trim().indexOf("?") + 1);
  if (query === "") return {};
  return query.includes("=") ? Object.fromEntries(new URLSearchParams(query)) : null;
}

export const previousSecretValidity = [
  { value: "0", label: "Expires now" },
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "1 week" },
] as const;
