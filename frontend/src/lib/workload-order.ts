/** The order of workload kinds: those that run all the time before those that run at times. */
const order = ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"];

const position = (kind: string): number => {
  const index = order.indexOf(kind);
  return index < 0 ? order.length : index;
};

/** Compares kinds for a stable sort: within a kind the order stays. */
export const byWorkloadKind = (one: string, other: string): number => position(one) - position(other);
