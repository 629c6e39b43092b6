/** What a restart concerns. Pure. */
import type { PromotionPlan, Resource, WorkloadOverview } from "@/api/contract";
import { count } from "@/lib/words";

const RESTARTABLE: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet"];

/** `Deployment web`. */
export const labelOf = ({ kind, name }: Resource): string => `${kind} ${name}`;

/** The workloads whose pods can be replaced, in their order. */
export const restartable = (workloads: readonly Pick<WorkloadOverview, "resource">[]): Resource[] =>
  workloads.map(({ resource }) => resource).filter(({ kind }) => RESTARTABLE.includes(kind));

/** Each workload that a plan restarts, with the clusters on which it does. */
export function restartsIn({ clusters }: Pick<PromotionPlan, "clusters">): { workload: string; clusters: string[] }[] {
  const found = new Map<string, string[]>();
  for (const { cluster, restarts } of clusters)
    for (const resource of restarts) found.set(labelOf(resource), [...(found.get(labelOf(resource)) ?? []), cluster]);
  return [...found].map(([workload, on]) => ({ workload, clusters: on }));
}

/** `Restart 2 workloads on 3 clusters`. */
export function actionLabel(plan: PromotionPlan | undefined): string {
  const restarts = plan ? restartsIn(plan) : [];
  const clusters = new Set(restarts.flatMap((each) => each.clusters)).size;
  if (restarts.length === 0) return "Restart";
  return `Restart ${count(restarts.length, "workload")} on ${count(clusters, "cluster")}`;
}
