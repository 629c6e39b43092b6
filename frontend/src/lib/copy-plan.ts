/**
 * A copy plan by resource instead of by cluster, with the actions of all clusters side by side. Pure: it declares the
 * fields that it reads and imports no contract type.
 */
interface Resource {
  api_version: string;
  kind: string;
  name: string;
}

interface Planned<Change> {
  resource: Resource;
  action: "create" | "update" | "unchanged" | "keep" | "blocked";
  changes: readonly Change[];
  notes: readonly string[];
}

interface ClusterPlan<Change> {
  cluster: string;
  namespace: string;
  namespace_action: Planned<Change>["action"];
  resources: readonly Planned<Change>[];
}

export interface PlannedCell<Change> {
  action: Planned<Change>["action"];
  changes: readonly Change[];
  notes: readonly string[];
  /** The clusters that share these actions, changes and notes. */
  clusters: string[];
}

export interface PlannedRow<Change> {
  key: string;
  kind: string;
  name: string;
  cells: PlannedCell<Change>[];
}

export const resourceKey = ({ api_version: version, kind, name }: Resource): string => `${version}/${kind}/${name}`;

/** One row for each resource, in the order of the plan. Clusters with the same action, changes and notes share a cell. */
export function byResource<Change>(clusters: readonly ClusterPlan<Change>[]): PlannedRow<Change>[] {
  const rows = new Map<string, PlannedRow<Change>>();
  const signatures = new Map<string, Map<string, PlannedCell<Change>>>();
  for (const { cluster, resources } of clusters) {
    for (const { resource, action, changes, notes } of resources) {
      const key = resourceKey(resource);
      const row = rows.get(key) ?? { key, kind: resource.kind, name: resource.name, cells: [] };
      rows.set(key, row);
      const cells = signatures.get(key) ?? new Map<string, PlannedCell<Change>>();
      signatures.set(key, cells);
      const signature = JSON.stringify([action, changes, notes]);
      const alike = cells.get(signature);
      if (alike) {
        alike.clusters.push(cluster);
        continue;
      }
      const cell = { action, changes, notes, clusters: [cluster] };
      cells.set(signature, cell);
      row.cells.push(cell);
    }
  }
  return [...rows.values()];
}

export const isUnchanged = (row: PlannedRow<unknown>): boolean =>
  row.cells.every(({ action }) => action === "unchanged" || action === "keep");

/** The number of resources that the plan writes, and of clusters that it writes to. */
export function writes(clusters: readonly ClusterPlan<unknown>[]): { resources: number; clusters: number } {
  const resources = new Set<string>();
  const touched = new Set<string>();
  for (const { cluster, resources: planned } of clusters) {
    for (const { resource, action } of planned) {
      if (action !== "create" && action !== "update") continue;
      resources.add(resourceKey(resource));
      touched.add(cluster);
    }
  }
  return { resources: resources.size, clusters: touched.size };
}

/** The number of resources for each action, the most important action first. */
export function tally(rows: readonly PlannedRow<unknown>[]): { action: Planned<unknown>["action"]; amount: number }[] {
  return (["blocked", "create", "update", "keep", "unchanged"] as const)
    .map((action) => ({
      action,
      amount: rows.filter(({ cells }) => cells.some((cell) => cell.action === action)).length,
    }))
    .filter(({ amount }) => amount > 0);
}
