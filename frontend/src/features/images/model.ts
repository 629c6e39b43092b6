/** Texts for pushed images and image policies, and the form of a policy rule. Pure. */
import type { ImageExplanation, KnownImage, PolicyRule, PolicyRuleInput } from "@/api/contract";
import { listed } from "@/lib/words";
import { verdictStatus } from "@/ui/statuses";
import type { Status } from "@/ui/status-badge";

export type SelectKind = PolicyRule["select"]["kind"];
export type Newest = PolicyRule["newest_by"];

/** The image to explain: the one with this digest, or the newest that the tag has named. */
export interface ImageQuestion {
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

/** The status of an image: that of its operation, otherwise its verdict, otherwise its processing state. */
export function imageStatus({ verdict, state, offered, operation_state: operation }: KnownImage): Status {
  if (verdict === "deploying" && operation) return deployedStatus[operation];
  if (verdict === "offered" && !offered) return { label: "No longer offered", tone: "idle", icon: "skip" };
  if (verdict) return verdictStatus[verdict];
  switch (state) {
    case "waiting":
      return { label: "Resolving digest", tone: "busy", icon: "search" };
    case "ready":
      return { label: "Evaluating policy", tone: "busy", icon: "clock" };
    case "decided":
      return { label: "Not evaluated here", tone: "idle", icon: "dash" };
    case "void":
      return { label: "No change", tone: "idle", icon: "dash" };
  }
}

/** Why the image has its status; of one that was decided without this environment, that it was. */
export const imageReason = ({ reason, state, verdict }: KnownImage): string | null =>
  reason ??
  (state === "decided" && verdict === null
    ? "It was pushed before its repository was known to run in this environment."
    : null);

/** Whether the status is about to change. */
export const isChanging = ({ state, verdict, operation_state: operation }: KnownImage): boolean =>
  state === "waiting" ||
  state === "ready" ||
  verdict === "pending" ||
  operation === "queued" ||
  operation === "running";

type Tone = "good" | "warn" | "bad" | "busy" | "plain";

/** The tone of an explanation: fine, in progress, or requiring action. */
export const whyTone: Record<ImageExplanation["code"], Tone> = {
  running: "good",
  "running-partly": "warn",
  deploying: "busy",
  waiting: "busy",
  resolving: "busy",
  held: "warn",
  follows: "busy",
  "gate-closed": "warn",
  refused: "warn",
  superseded: "plain",
  "no-event": "warn",
  unmatched: "warn",
  "in-custom-resource": "warn",
  "not-configured": "warn",
  "registry-error": "bad",
  "cluster-down": "bad",
  failed: "bad",
};

/** The proposal that an image waits for, by the facts of its explanation; null where there is none. */
export function proposalIn({ gates, proposal }: ImageExplanation["details"]): string | null {
  if (typeof proposal === "string") return proposal;
  if (!Array.isArray(gates)) return null;
  const approval = (gates as { kind: string; id: string | null }[]).find(({ kind }) => kind === "approval");
  return approval?.id ?? null;
}

/** The clusters that lack what others of the environment have, by the facts of its explanation. */
export const notLevelIn = ({ not_level: clusters }: ImageExplanation["details"]): string[] =>
  Array.isArray(clusters) ? (clusters as string[]) : [];

/** A rule in the form. It holds the fields of all kinds, so that switching the kind loses no input. */
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

/** What a rule still lacks; null if it is complete. */
export function lackOf(draft: RuleDraft): string | null {
  switch (draft.kind) {
    case "any":
      return null;
    case "exact":
      return draft.tags.length === 0 ? "Enter at least one tag." : null;
    case "glob":
    case "regex":
      return draft.pattern.trim() === "" ? "Enter a pattern." : null;
    case "semver":
      return draft.range.trim() === "" ? "Enter a range." : null;
  }
}

export const kindWords: Record<SelectKind, string> = {
  any: "Any tag",
  exact: "Listed tags",
  glob: "Tags that match a pattern",
  regex: "Tags that match a regular expression",
  semver: "Semantic versions in a range",
};

export const newestWords: Record<Newest, string> = {
  push: "Last pushed",
  built: "Last built",
  semver: "Highest semantic version",
  capture: "Highest value of the capture group",
};

/** Only a regular expression can have a capture group. */
export const newestFor = (kind: SelectKind): Newest[] =>
  kind === "regex" ? ["push", "built", "semver", "capture"] : ["push", "built", "semver"];

function whichTags({ kind, tags, pattern, range, prereleases }: RuleDraft): string {
  switch (kind) {
    case "any":
      return "any tag";
    case "exact":
      return tags.length > 0 ? `only ${listed(tags)}` : "only the listed tags";
    case "glob":
      return `tags that match ${pattern.trim() || "…"}`;
    case "regex":
      return `tags that match ${pattern.trim() || "…"} as a whole`;
    case "semver":
      return `versions in ${range.trim() || "…"}${prereleases ? ", including prereleases" : ""}`;
  }
}

const newestSentence: Record<Newest, string> = {
  push: "The newest is the last pushed.",
  built: "The newest is the last built.",
  semver: "The newest is the highest version.",
  capture: "The newest has the highest value of the capture group.",
};

/** `Container web accepts versions in ^1.4, but never *-rc. The newest is the highest version.` */
export function ruleSentence(draft: RuleDraft): string {
  const { container, repository, allow, deny, allowDowngrade, newestBy } = draft;
  const where = repository.trim() ? ` from ${repository.trim()}` : "";
  const subject = container.trim() ? `Container ${container.trim()}` : "Every container";
  const within = allow.length > 0 ? `, limited to ${allow.join(" or ")}` : "";
  const never = deny.length > 0 ? `, but never ${deny.join(" or ")}` : "";
  const back = allowDowngrade ? " Downgrades are allowed." : "";
  return `${subject} accepts ${whichTags(draft)}${where}${within}${never}. ${newestSentence[newestBy]}${back}`;
}
