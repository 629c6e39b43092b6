/** What changes take in an environment: as a line, and as the form has it. Pure. */
import type { ApprovalPolicy, ApprovalPolicyInput } from "@/api/contract";
import { count, listed } from "@/lib/words";

/** The kinds of changes that can take approval; rolling back cannot. */
export const approvable = [
  { value: "promotion", label: "Promotions" },
  { value: "deploy", label: "Deployments of pushed images" },
  { value: "import", label: "Imports" },
  { value: "configure", label: "Configurations from scratch" },
] as const;

type Kind = (typeof approvable)[number]["value"];

const shortWords: Record<Kind, string> = {
  promotion: "promotions",
  deploy: "deployments",
  import: "imports",
  configure: "configurations",
};

/** `2 approvals, one of sso:operations`; with the kinds, where not all of them take approval. */
export function policyWords({ needed, groups, kinds }: Pick<ApprovalPolicy, "needed" | "groups" | "kinds">): string {
  const from = groups.length > 0 ? `, one of ${listed(groups)}${groups.length > 1 ? " each" : ""}` : "";
  const concerned = approvable.filter(({ value }) => kinds.includes(value));
  const only =
    concerned.length < approvable.length ? ` for ${listed(concerned.map(({ value }) => shortWords[value]))}` : "";
  return `${count(needed, "approval")}${from}${only}`;
}

export interface PolicyDraft {
  needed: number | string;
  groups: string[];
  kinds: string[];
  hours: number | string;
}

/** The form of a policy; of a new one, as the service would complete it. */
export const draftOf = (policy: ApprovalPolicy | null): PolicyDraft => ({
  needed: policy?.needed ?? 1,
  groups: policy?.groups ?? [],
  kinds: policy?.kinds ?? approvable.map(({ value }) => value),
  hours: policy?.expires_after_hours ?? 24,
});

const isWhole = (value: number | string, most: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most;

/** The policy of a form; a sentence with what it still lacks. */
export function policyOf({ needed, groups, kinds, hours }: PolicyDraft): ApprovalPolicyInput | string {
  if (!isWhole(needed, 20)) return "Ask for 1 to 20 approvals.";
  const wrong = groups.find((group) => !/^[^:]+:./.test(group));
  if (wrong !== undefined) return `Write the group ${wrong} as provider:group.`;
  const chosen = approvable.filter(({ value }) => kinds.includes(value)).map(({ value }) => value);
  if (chosen.length === 0) return "Choose at least one kind of change.";
  if (!isWhole(hours, 720)) return "Let proposals expire after 1 to 720 hours.";
  return { needed, groups, kinds: chosen, expires_after_hours: hours };
}
