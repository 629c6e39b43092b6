/** Notifications: words for kinds of channels, types and states, and the form of a channel. Pure. */
import type {
  Channel,
  ChannelKind,
  ChannelSettingsInput,
  NotificationRoute,
  NotificationType,
  OutboxState,
} from "@/api/contract";
import type { Status } from "@/ui/status-badge";

export const kindTitles: Record<ChannelKind, string> = {
  slack: "Slack, as a bot",
  "slack-webhook": "Slack, by an incoming webhook",
  teams: "Microsoft Teams",
  email: "E-mail",
  webhook: "Signed webhook",
};

export const kindHelp: Record<ChannelKind, string> = {
  slack: "One message for each operation, which is kept current. The bot needs the scope chat:write.",
  "slack-webhook": "One message for each notification.",
  teams: "The address of the workflow “Post to a channel when a webhook request is received”.",
  email: "Mails of one operation are one thread.",
  webhook: "CloudEvents, signed as Standard Webhooks says.",
};

export const typeTitles: Record<Exclude<NotificationType, "test">, string> = {
  "approval.wanted": "Approval wanted",
  "operation.started": "Operation started",
  "operation.succeeded": "Operation succeeded",
  "operation.failed": "Operation failed",
  "operation.rolled-back": "Operation failed and was rolled back",
  "operation.cancelled": "Operation cancelled",
  "image.offered": "Image offered",
  "automation.blocked": "Automation blocked",
  "freeze.began": "Freeze began",
  "break-glass.used": "Break-glass used",
  "cluster.lost": "Cluster lost",
  "cluster.back": "Cluster back",
  "drift.opened": "Drift opened",
  "drift.closed": "Drift closed",
  "skew.opened": "Skew opened",
  "skew.closed": "Skew closed",
};

export const stateStatus: Record<OutboxState, Status> = {
  waiting: { label: "Waiting", tone: "busy", icon: "clock" },
  sent: { label: "Sent", tone: "good", icon: "check" },
  replaced: { label: "Replaced", tone: "idle", icon: "skip" },
  dead: { label: "Not sent", tone: "bad", icon: "cross" },
};

export const states = Object.keys(stateStatus) as OutboxState[];

/** The fields of a channel's form, all as text. */
export type ChannelField = Exclude<keyof ChannelSettingsInput, "security">;
export type ChannelDraft = Partial<Record<keyof ChannelSettingsInput, string>>;

interface FieldWords {
  label: string;
  description?: string;
  /** It is never shown again: when a channel is edited, an empty field keeps the stored value. */
  secret?: true;
  optional?: true;
}

export const fieldWords: Record<ChannelField, FieldWords> = {
  url: { label: "Address", description: "A secret: only its scheme and host are shown again", secret: true },
  token: { label: "Bot token", description: "It begins with xoxb-", secret: true },
  conversation: { label: "Channel ID", description: "Such as C0123ABCD, from the channel's details in Slack" },
  host: { label: "Mail server" },
  port: { label: "Port", description: "Mostly 587 with STARTTLS, 465 with TLS" },
  username: { label: "User name", optional: true },
  password: { label: "Password", secret: true, optional: true },
  sender: { label: "Sender" },
  recipients: { label: "Recipients", description: "Addresses, separated by commas" },
};

export const fieldsOf: Record<ChannelKind, readonly ChannelField[]> = {
  slack: ["token", "conversation"],
  "slack-webhook": ["url"],
  teams: ["url"],
  email: ["host", "port", "username", "password", "sender", "recipients"],
  webhook: ["url"],
};

/** What a form of an existing channel begins with: everything but its secrets. */
export const draftOf = ({ settings }: Channel): ChannelDraft => ({
  conversation: settings.conversation ?? "",
  host: settings.host ?? "",
  port: settings.port === null ? "" : String(settings.port),
  security: settings.security ?? "starttls",
  username: settings.username ?? "",
  sender: settings.sender ?? "",
  recipients: settings.recipients.join(", "),
});

/** The settings to send: secrets that were left empty, and an empty user name of a new channel, are left out. */
export function settingsOf(kind: ChannelKind, draft: ChannelDraft, isNew: boolean): ChannelSettingsInput {
  const settings: Record<string, unknown> = {};
  for (const field of fieldsOf[kind]) {
    const text = (draft[field] ?? "").trim();
    if (text === "" && (fieldWords[field].secret || (isNew && fieldWords[field].optional))) continue;
    if (field === "port") settings[field] = Number(text);
    else if (field === "recipients") settings[field] = addressesIn(text);
    else settings[field] = text;
  }
  if (kind === "email") settings.security = draft.security ?? "starttls";
  return settings;
}

export const addressesIn = (text: string): string[] =>
  text
    .split(/[\s,;]+/)
    .map((each) => each.trim())
    .filter(Boolean);

/** The labels of the fields that still have to be filled in. */
export const missingFields = (kind: ChannelKind, draft: ChannelDraft, isNew: boolean): string[] =>
  fieldsOf[kind]
    .filter((field) => !fieldWords[field].optional && (isNew || !fieldWords[field].secret))
    .filter((field) => (draft[field] ?? "").trim() === "")
    .map((field) => fieldWords[field].label);

/** Where a channel leads, as far as it may be shown. */
export function destinationOf({ kind, settings }: Channel): string {
  if (kind === "slack") return settings.conversation ?? "";
  if (kind === "email") return settings.recipients.join(", ");
  return settings.destination ?? "";
}

export function channelStatus({ disabled_at: disabled, notifications }: Channel): Status {
  if (disabled) return { label: "Disabled", tone: "bad", icon: "pause" };
  if (notifications.dead) return { label: `${notifications.dead} not sent`, tone: "warn", icon: "warning" };
  return { label: "Enabled", tone: "good", icon: "check" };
}

/** A list of names, or that all are meant. An empty list means that what it named was deleted. */
export const namesOr = (names: readonly string[] | null, all: string): string =>
  names === null ? all : names.length === 0 ? "none any more" : names.join(", ");

export const typesOf = ({ events }: NotificationRoute): string =>
  events === null ? "Everything" : events.map((each) => (each === "test" ? each : typeTitles[each])).join(", ");
