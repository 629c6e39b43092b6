/** Receivers as their pages see them: words for fates and settings, and what a form comes to. Pure. */
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
  unmatched: { label: "Nothing runs it", tone: "warn", icon: "question" },
  ignored: { label: "Not for us", tone: "idle", icon: "dash" },
  repeated: { label: "Repeated", tone: "idle", icon: "history" },
  confirmed: { label: "Confirmed", tone: "good", icon: "link" },
  unreadable: { label: "Unreadable", tone: "bad", icon: "warning" },
  rejected: { label: "Proof refused", tone: "bad", icon: "lock" },
};

/** What became of some of many, after their number. */
export const fateOfSome: Record<DeliveryFate, string> = {
  accepted: "accepted",
  unmatched: "that nothing runs",
  ignored: "not for us",
  repeated: "repeated",
  confirmed: "confirmed",
  unreadable: "unreadable",
  rejected: "with a refused proof",
};

export const fates = Object.keys(fateStatus) as DeliveryFate[];

export const givenStatus: Record<ReceiverTestResult["proof"]["given"], Status> = {
  valid: { label: "Proved", tone: "good", icon: "check" },
  none: { label: "No proof given", tone: "warn", icon: "question" },
  refused: { label: "Proof refused", tone: "bad", icon: "lock" },
};

/** How many came within a day, fate by fate, without those that did not happen: in the order of their words above. */
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
    description: "The host in your images' names, where reports name another one or none.",
    example: "registry.example.com",
    as: "line",
  },
  repositories: {
    label: "Repositories",
    description: "One a line: the repository's key in reports, and what stands before its images' names.",
    example: "docker-local=registry.example.com/docker-local",
    as: "lines",
  },
  signed: {
    label: "Reports are signed",
    description: "The secret signs each report instead of being sent along. Better, where the sender can do it.",
    example: "",
    as: "switch",
  },
  header: {
    label: "Header",
    description: "The HTTP header in which the secret comes, where it is not the usual one.",
    example: "X-Api-Key",
    as: "line",
  },
  username: {
    label: "User name",
    description: "With which the secret comes as the password, where the sender uses basic authentication.",
    example: "stagecoach",
    as: "line",
  },
  topics: {
    label: "Topics",
    description: "One a line: the ARNs of the Amazon SNS topics that may report.",
    example: "arn:aws:sns:eu-central-1:123456789012:stagecoach",
    as: "lines",
  },
  audience: {
    label: "Audience",
    description: "The audience that the push subscription's tokens are made for.",
    example: "stagecoach",
    as: "line",
  },
  service_account: {
    label: "Service account",
    description: "The Google account whose tokens count.",
    example: "pubsub@project.iam.gserviceaccount.com",
    as: "line",
  },
};

/** What stands in the form: every setting as it was typed. */
export type SettingsDraft = Partial<Record<SettingName, string | boolean>>;

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** `docker-local=registry.example.com/docker-local` and the like; what has no `=` is left for the service to refuse. */
function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    linesOf(text).map((line) => {
      const equals = line.indexOf("=");
      return equals < 0 ? [line, ""] : [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
    }),
  );
}

/** The settings that a provider uses, as the service takes them: those left empty are left out. */
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

/** The other way round, for changing a receiver. */
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

/** What a provider cannot do without and the form does not have yet: groups of which one is enough. */
export function missingSettings(provider: Provider, draft: SettingsDraft): string[][] {
  const given = new Set(Object.keys(settingsOf(draft, provider.settings)));
  return provider.needs
    .filter((group) => !group.some((name) => given.has(name)))
    .map((group) => group.map((name) => settingWords[name as SettingName].label));
}

const isPath = (address: string): boolean => address.startsWith("/");

/** The address in full: a service that does not know its own name gives a path, and is then called as the reader calls it. */
export const inFull = (address: string, origin: string): string => (isPath(address) ? `${origin}${address}` : address);

/** The steps of an answer that holds a secret, with the address in full. */
export const stepsInFull = ({ setup, full_address: address }: IssuedReceiver, origin: string): string[] =>
  setup.map((step) => (isPath(address) ? step.replaceAll(address, inFull(address, origin)) : step));

/** Stands where the secret would, when it is not to be known any more. */
export const SECRET_HERE = "SECRET";

/** The steps once the secret has gone. */
export function stepsWithoutSecret(provider: Provider, address: string): string[] {
  const whole = provider.secret_in_address ? `${address}?key=${SECRET_HERE}` : address;
  return provider.setup.map((step) => step.replaceAll("{address}", whole).replaceAll("{secret}", SECRET_HERE));
}

interface StepPart {
  text: string;
  code: boolean;
  /** What somebody who follows the step would copy. */
  copied: string | null;
}

const FIELD = /^[A-Z][\w -]{0,40}: (\S.*)$/;

/** A step's sentences and, indented in it, what is to be run or written down as it stands. */
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

/** Headers as people write them, a line each, `Name: value`; null where a line is not one. */
export function parseHeaders(text: string): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const line of linesOf(text)) {
    const colon = line.indexOf(":");
    if (colon <= 0) return null;
    headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return headers;
}

/** An address's query as people write it, with or without what stands before it; null where it is none. */
export function parseQuery(text: string): Record<string, string> | null {
  const query = text.trim().slice(text.trim().indexOf("?") + 1);
  if (query === "") return {};
  return query.includes("=") ? Object.fromEntries(new URLSearchParams(query)) : null;
}

export const keepFormer = [
  { value: "0", label: "Not at all: it ends now" },
  { value: "3600", label: "For an hour" },
  { value: "86400", label: "For a day" },
  { value: "604800", label: "For a week" },
] as const;
