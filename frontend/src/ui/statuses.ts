/** The label, tone and icon of each status in the contract. */
import type {
  Health,
  Operation,
  OperationCluster,
  OperationState,
  Outcome,
  PlannedAction,
  ProposalState,
  Reachability,
  Verdict,
} from "@/api/contract";
import type { Status } from "./status-badge";

export const healthStatus: Record<Health, Status> = {
  ready: { label: "Healthy", tone: "good", icon: "check" },
  pending: { label: "Pending", tone: "busy", icon: "clock" },
  progressing: { label: "Rolling out", tone: "busy", icon: "spin" },
  failed: { label: "Failed", tone: "bad", icon: "cross" },
  terminating: { label: "Terminating", tone: "idle", icon: "clock" },
  waiting: { label: "Waiting", tone: "warn", icon: "hand" },
  suspended: { label: "Suspended", tone: "idle", icon: "pause" },
  missing: { label: "Missing", tone: "warn", icon: "question" },
  unknown: { label: "Unknown", tone: "warn", icon: "question" },
};

/** A custom resource rolls nothing out, and one that reports nothing is there: more is not known. */
export const customStatus = (health: Health, reason: string | null): Status => {
  if (health === "ready" && reason === "NotReported") return { label: "Present", tone: "idle", icon: "dash" };
  return health === "progressing" ? { ...healthStatus.progressing, label: "Not ready" } : healthStatus[health];
};

export const operationStatus: Record<OperationState, Status> = {
  queued: { label: "Queued", tone: "idle", icon: "clock" },
  running: { label: "Running", tone: "busy", icon: "spin" },
  succeeded: { label: "Succeeded", tone: "good", icon: "check" },
  failed: { label: "Failed", tone: "bad", icon: "cross" },
  cancelled: { label: "Cancelled", tone: "idle", icon: "pause" },
};

export const outcomeStatus: Record<Outcome, Status> = {
  succeeded: { label: "Succeeded", tone: "good", icon: "check" },
  unchanged: { label: "Unchanged", tone: "good", icon: "dash" },
  failed: { label: "Failed", tone: "bad", icon: "cross" },
  "rolled-back": { label: "Rolled back", tone: "warn", icon: "back" },
  skipped: { label: "Skipped", tone: "idle", icon: "skip" },
  unreachable: { label: "Unreachable", tone: "bad", icon: "unplug" },
};

/** What goes on on a cluster; once it has ended, its outcome says more. */
export const phaseStatus: Record<OperationCluster["phase"], Status> = {
  waiting: { label: "Waiting", tone: "idle", icon: "clock" },
  applying: { label: "Applying", tone: "busy", icon: "spin" },
  watching: { label: "Rolling out", tone: "busy", icon: "spin" },
  undoing: { label: "Undoing", tone: "warn", icon: "back" },
  ended: { label: "Waiting", tone: "idle", icon: "clock" },
};

/** The status of an operation on one cluster. */
export const laneStatus = ({ phase, outcome }: Pick<OperationCluster, "phase" | "outcome">): Status =>
  outcome === null ? phaseStatus[phase] : outcomeStatus[outcome];

export const actionStatus: Record<PlannedAction, Status> = {
  create: { label: "Create", tone: "good", icon: "plus" },
  update: { label: "Update", tone: "busy", icon: "refresh" },
  unchanged: { label: "No change", tone: "idle", icon: "dash" },
  keep: { label: "Keep existing", tone: "idle", icon: "hand" },
  blocked: { label: "Blocked", tone: "bad", icon: "warning" },
};

export const reachabilityStatus: Record<Reachability, Status> = {
  reachable: { label: "Reachable", tone: "good", icon: "plug" },
  unreachable: { label: "Unreachable", tone: "bad", icon: "unplug" },
  refused: { label: "Refused", tone: "bad", icon: "lock" },
  unknown: { label: "Not probed yet", tone: "idle", icon: "question" },
};

export const verdictStatus: Record<Verdict, Status> = {
  refused: { label: "Refused", tone: "idle", icon: "cross" },
  offered: { label: "Offered", tone: "warn", icon: "hand" },
  pending: { label: "Pending", tone: "busy", icon: "clock" },
  blocked: { label: "Blocked", tone: "bad", icon: "warning" },
  deploying: { label: "Deployment started", tone: "busy", icon: "auto" },
  unchanged: { label: "Already running", tone: "good", icon: "dash" },
  superseded: { label: "Superseded", tone: "idle", icon: "skip" },
};

export const proposalStatus: Record<ProposalState, Status> = {
  waiting: { label: "Waiting", tone: "warn", icon: "clock" },
  approved: { label: "Approved", tone: "good", icon: "check" },
  rejected: { label: "Rejected", tone: "bad", icon: "cross" },
  void: { label: "Void", tone: "idle", icon: "dash" },
  expired: { label: "Expired", tone: "idle", icon: "clock" },
  withdrawn: { label: "Withdrawn", tone: "idle", icon: "back" },
  replaced: { label: "Replaced", tone: "idle", icon: "skip" },
};

export const kindWords: Record<Operation["kind"], string> = {
  adopt: "Adoption",
  configure: "Configuration",
  import: "Import",
  promotion: "Promotion",
  deploy: "Deployment",
  rollback: "Rollback",
  restart: "Restart",
};
