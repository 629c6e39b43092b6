/** What proposals are called, what they lack, and how they have ended. Pure. */
import type { CopyPlan, Proposal, ProposalDetail, ProposalState } from "@/api/contract";
import { count, listed } from "@/lib/words";
import { kindWords } from "@/ui/statuses";

/** `Promotion of shop from Staging to Production`. */
export function titleOf({ kind, application, environment, source_environment: source }: Proposal): string {
  const what = `${kindWords[kind]} of ${application}`;
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

type Plan = ProposalDetail["plan"];
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
  })),
  problems: [],
  gates: [],
  blocked: false,
  nothing_to_do: false,
});

/** The clusters that did not answer when the plan was made. */
export const unread = ({ clusters }: Plan): string[] =>
  clusters.filter(({ read }) => !read).map(({ cluster }) => cluster);

/** How the clusters are changed once it starts; null for a change that goes to all of them at once. */
export const strategyIn = ({ request }: ProposalDetail) => ("strategy" in request ? request.strategy : null);
