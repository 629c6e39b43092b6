/** What proposals are called, what they lack, and how they have ended. Pure. */
import type { CopyPlan, Proposal, ProposalDetail, ProposalState } from "@/api/contract";
import { count, listed } from "@/lib/words";
import { kindWords } from "@/ui/statuses";

const MOST_NAMED = 3;

/** `Promotion of shop from Staging to Production`, of a set its group or its applications. */
export function titleOf({ kind, applications, group, environment, source_environment: source }: Proposal): string {
  const named = applications.length > MOST_NAMED ? count(applications.length, "application") : listed(applications);
  const what = `${kindWords[kind]} of ${group ?? named}`;
  return source === null ? `${what} in ${environment}` : `${what} from ${source} to ${environment}`;
}

/** How many approvals count now. */
export const approvals = ({ votes }: Proposal): number => votes.filter(({ counts }) => counts).length;

/** `1 more approval, and somebody of sso:operations`; null where nothing is lacking. */
export function lackingWords({ lacking: { votes, groups } }: Proposal): string | null {
  const parts = [
    ...(votes > 0 ? [count(votes, "more approval")] : []),
    ...(groups.length > 0 ? [`somebody of ${listed(groups)} among those who approve`] : []),
  ];
  return parts.length > 0 ? parts.join(", and ") : null;
}

/** What it means that a proposal has ended so. */
export const endings: Record<Exclude<ProposalState, "waiting">, string> = {
  approved: "It has been approved, and has started.",
  rejected: "It has been rejected. One rejection ends a proposal.",
  void: "It could not start as it had been filed. Look at the present plan, and propose that.",
  expired: "Nobody decided it in time. It can be proposed again.",
  withdrawn: "It has been withdrawn.",
  replaced: "A later proposal has taken its place.",
};

/** What waits, then the rest as it was read, each once: what waits may be further back than what has been read. */
export function waitingFirst(waiting: readonly Proposal[], all: readonly Proposal[]): Proposal[] {
  const first = new Set(waiting.map(({ id }) => id));
  return [...waiting, ...all.filter(({ id }) => !first.has(id))];
}

export type Part = ProposalDetail["members"][number];
type Plan = Part["plan"];

/** What is proposed, application by application: one, but for a promotion set. */
export function partsOf({ application, request, plan, members }: ProposalDetail): Part[] {
  return application !== null && request !== null && plan !== null ? [{ application, request, plan }] : members;
}

/** Where it would be carried out. */
export const placesOf = ({ applications, environment }: Proposal) =>
  applications.map((application) => ({ application, environment }));
type StoredCopyPlan = Extract<Plan, { kind: "configure" | "import" }>;

export const isCopyPlan = (plan: Plan): plan is StoredCopyPlan => plan.kind === "configure" || plan.kind === "import";

/** A stored plan of resources, for the view of previews. It has been checked, and holds no fields of the resources. */
export const forView = ({ source, namespace, clusters }: StoredCopyPlan, digest: string): CopyPlan => ({
  digest,
  source,
  namespace,
  clusters: clusters.map(({ cluster, namespace_action: action, resources }) => ({
    cluster,
    namespace,
    namespace_action: action ?? "unchanged",
    namespace_labels: {},
    resources: resources.map((each) => ({ ...each, changes: [], notes: [] })),
    problems: [],
    unchecked: [],
    restarts: [],
    handed_over: null,
  })),
  problems: [],
  gates: [],
  blocked: false,
  nothing_to_do: false,
});

interface Brought {
  kind: string;
  name: string;
  keys: readonly string[];
  typed: readonly string[];
}

/** Which keys each cluster gets before its images: `mode of ConfigMap web`, `token of Secret login (typed in)`. */
export function broughtWords(bring: readonly Brought[]): string {
  const named = bring.map(({ kind, name, keys, typed }) => {
    const said = keys.map((key) => (typed.includes(key) ? `${key} (typed in)` : key));
    return `${listed(said)} of ${kind} ${name}`;
  });
  return `Before its images, each cluster gets ${listed(named)}.`;
}

/** The clusters that did not answer when the plan was made. */
export const unread = ({ clusters }: Plan): string[] =>
  clusters.filter(({ read }) => !read).map(({ cluster }) => cluster);

/** How the clusters are changed once it starts; null for a change that goes to all of them at once. A set has one for all. */
export function strategyIn(proposal: ProposalDetail) {
  const request = partsOf(proposal)[0]?.request;
  return request && "strategy" in request ? request.strategy : null;
}
