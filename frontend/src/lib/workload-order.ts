/** Which workloads are looked at first: those that serve, then those that run now and then. */
const order = ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"];

const place = (kind: string): number => {
  const index = order.indexOf(kind);
  return index < 0 ? order.length : index;
};

/** Compares kinds for sorting; names within a kind stay in the order they have. */
export const byWorkloadKind = (one: string, other: string): number => place(one) - place(other);
