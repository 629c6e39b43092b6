/** Pushed images and image policies, in words and as forms. Pure. */
import type { ImageExplanation, KnownImage, PolicyRule, PolicyRuleInput } from "@/api/contract";
import { listed } from "@/lib/words";
import { verdictStatus } from "@/ui/statuses";
import type { Status } from "@/ui/status-badge";

export type SelectKind = PolicyRule["select"]["kind"];
export type Newest = PolicyRule["newest_by"];

/** What is asked about: the newest image that a tag has named, or the one with this digest. */
export interface Asked {
  tag: string;
  digest?: string | undefined;
}

const deployedStatus: Record<NonNullable<KnownImage["operation_state"]>, Status> = {
  queued: { label: "Deploying", tone: "busy", icon: "clock" },
  running: { label: "Deploying", tone: "busy", icon: "spin" },
  succeeded: { label: "Deployed", tone: "good", icon: "check" },
  failed: { label: "Deployment failed", tone: "bad", icon: "cross" },
  cancelled: { label: "Deployment cancelled", tone: "idle", icon: "pause" },
};

/** How far an image has come here: how its operation fares, else what was decided, else what it waits for. */
export function imageStatus({ verdict, state, offered, operation_state: operation }: KnownImage): Status {
  if (verdict === "deploying" && operation) return deployedStatus[operation];
  if (verdict === "offered" && !offered) return { label: "No longer offered", tone: "idle", icon: "skip" };
  if (verdict) return verdictStatus[verdict];
  switch (state) {
    case "waiting":
      return { label: "Being looked up", tone: "busy", icon: "search" };
    case "ready":
    case "decided":
      return { label: "Being decided", tone: "busy", icon: "clock" };
    case "void":
      return { label: "No news", tone: "idle", icon: "dash" };
  }
}

/** Whether something is about to become of it. */
export const isMoving = ({ state, verdict, operation_state: operation }: KnownImage): boolean =>
  state === "waiting" || state === "ready" || verdict === "pending" || operation === "queued" || operation === "running";

type Tone = "good" | "warn" | "bad" | "busy" | "plain";

/** What an answer means to whoever asked: whether it is fine, in hand, or wants something done. */
export const whyTone: Record<ImageExplanation["code"], Tone> = {
  running: "good",
  "running-partly": "warn",
  deploying: "busy",
  waiting: "busy",
  resolving: "busy",
  held: "warn",
  refused: "warn",
  superseded: "plain",
  "no-event": "warn",
  unmatched: "warn",
  "not-configured": "warn",
  "registry-error": "bad",
  "cluster-down": "bad",
  failed: "bad",
};

/** A rule as it stands in the form: every kind's fields at once, so that trying another kind loses nothing. */
export interface RuleDraft {
  key: string;
  container: string;
  repository: string;
  kind: SelectKind;
  tags: string[];
  pattern: string;
  range: string;
  prereleases: boolean;
  newestBy: Newest;
  allow: string[];
  deny: string[];
  allowDowngrade: boolean;
}

export const emptyRule = (key: string): RuleDraft => ({
  key,
  container: "",
  repository: "",
  kind: "any",
  tags: [],
  pattern: "",
  range: "",
  prereleases: false,
  newestBy: "push",
  allow: [],
  deny: [],
  allowDowngrade: false,
});

export const draftOf = (rule: PolicyRule, key: string): RuleDraft => ({
  key,
  container: rule.match.container ?? "",
  repository: rule.match.repository ?? "",
  kind: rule.select.kind,
  tags: rule.select.tags ?? [],
  pattern: rule.select.pattern ?? "",
  range: rule.select.range ?? "",
  prereleases: rule.select.prereleases ?? false,
  newestBy: rule.newest_by,
  allow: rule.allow,
  deny: rule.deny,
  allowDowngrade: rule.allow_downgrade,
});

function selectOf(draft: RuleDraft): PolicyRuleInput["select"] {
  switch (draft.kind) {
    case "any":
      return { kind: "any" };
    case "exact":
      return { kind: "exact", tags: draft.tags };
    case "glob":
    case "regex":
      return { kind: draft.kind, pattern: draft.pattern.trim() };
    case "semver":
      return { kind: "semver", range: draft.range.trim(), prereleases: draft.prereleases };
  }
}

export const inputOf = (draft: RuleDraft): PolicyRuleInput => ({
  match: { container: draft.container.trim() || null, repository: draft.repository.trim() || null },
  select: selectOf(draft),
  newest_by: draft.newestBy,
  allow: draft.allow,
  deny: draft.deny,
  allow_downgrade: draft.allowDowngrade,
});

/** What a rule still lacks before it can mean anything; null where it is whole. */
export function lackOf(draft: RuleDraft): string | null {
  switch (draft.kind) {
    case "any":
      return null;
    case "exact":
      return draft.tags.length === 0 ? "Name at least one tag." : null;
    case "glob":
    case "regex":
      return draft.pattern.trim() === "" ? "Write the pattern." : null;
    case "semver":
      return draft.range.trim() === "" ? "Write the range." : null;
  }
}

export const kindWords: Record<SelectKind, string> = {
  any: "Any tag",
  exact: "These tags alone",
  glob: "Tags that look like …",
  regex: "Tags that fit a regular expression",
  semver: "Versions in a range",
};

export const newestWords: Record<Newest, string> = {
  push: "The one pushed last",
  built: "The one built last",
  semver: "The highest version",
  capture: "The highest in the pattern's ( … )",
};

/** Only an expression has a group whose content could be compared. */
export const newestFor = (kind: SelectKind): Newest[] =>
  kind === "regex" ? ["push", "built", "semver", "capture"] : ["push", "built", "semver"];

function whichTags({ kind, tags, pattern, range, prereleases }: RuleDraft): string {
  switch (kind) {
    case "any":
      return "any tag";
    case "exact":
      return tags.length > 0 ? `only ${listed(tags)}` : "only the tags named";
    case "glob":
      return `tags that look like ${pattern.trim() || "…"}`;
    case "regex":
      return `tags that ${pattern.trim() || "…"} fits as a whole`;
    case "semver":
      return `versions in ${range.trim() || "…"}${prereleases ? ", also prereleases" : ""}`;
  }
}

const newestSentence: Record<Newest, string> = {
  push: "The newest is the one pushed last.",
  built: "The newest is the one built last.",
  semver: "The newest is the highest version.",
  capture: "The newest is the highest by what the pattern's group holds.",
};

/** `Container web takes versions in ^1.4, but never *-rc. The newest is the highest version.` */
export function ruleSentence(draft: RuleDraft): string {
  const { container, repository, allow, deny, allowDowngrade, newestBy } = draft;
  const where = repository.trim() ? ` from ${repository.trim()}` : "";
  const who = container.trim() ? `Container ${container.trim()}` : "Every container";
  const within = allow.length > 0 ? `, if they look like ${allow.join(" or ")}` : "";
  const never = deny.length > 0 ? `, but never ${deny.join(" or ")}` : "";
  const back = allowDowngrade ? " A lower version than the running one is taken, too." : "";
  return `${who} takes ${whichTags(draft)}${where}${within}${never}. ${newestSentence[newestBy]}${back}`;
}

/** A rule in the words of the list, from what the service keeps. */
export const keptSentence = (rule: PolicyRule): string => ruleSentence(draftOf(rule, ""));
