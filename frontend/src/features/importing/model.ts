/** The import form: groups of resources, references that are not selected, overrides, the request. Pure. */
import type {
  CopyDelivery,
  CopyPlan,
  ImportOverrides,
  ImportRequest,
  OnConflict,
  Resource,
  SourceResource,
} from "@/api/contract";
import { resourceKey, writes } from "@/lib/copy-plan";
import { count } from "@/lib/words";

export interface ResourceGroup {
  title: string;
  items: SourceResource[];
}

const groups: [title: string, kinds: readonly string[]][] = [
  ["Configuration", ["ConfigMap"]],
  ["Secrets", ["Secret"]],
  ["Network", ["Service", "Ingress", "NetworkPolicy", "HTTPRoute", "Gateway"]],
  ["Scaling and availability", ["HorizontalPodAutoscaler", "PodDisruptionBudget"]],
  ["Volumes", ["PersistentVolumeClaim"]],
  ["Access", ["ServiceAccount", "Role", "RoleBinding"]],
];

/** The groups of the resource tree: workloads first, custom resources last. */
export function grouped(items: readonly SourceResource[]): ResourceGroup[] {
  const titled = (title: string, belongs: (item: SourceResource) => boolean) => ({
    title,
    items: items.filter(belongs),
  });
  const known = new Set(groups.flatMap(([, kinds]) => kinds));
  return [
    titled("Workloads", ({ workload }) => workload),
    ...groups.map(([title, kinds]) =>
      titled(title, ({ workload, resource }) => !workload && kinds.includes(resource.kind)),
    ),
    titled("Other", ({ workload, resource }) => !workload && !known.has(resource.kind)),
  ].filter((group) => group.items.length > 0);
}

export const initialChoice = (items: readonly SourceResource[]): ReadonlySet<string> =>
  new Set(items.filter(({ copyable, selected }) => copyable && selected).map(({ resource }) => resourceKey(resource)));

export interface Offer {
  key: string;
  resource: Resource;
  required: boolean;
  /** The referring resources and how they use it: `web: environment variable DATABASE_URL`. */
  reasons: string[];
}

/** The resources that selected ones refer to and that are not selected, required ones first. */
export function offers(items: readonly SourceResource[], chosen: ReadonlySet<string>): Offer[] {
  const copyable = new Map(items.filter((item) => item.copyable).map((item) => [resourceKey(item.resource), item]));
  const found = new Map<string, Offer>();
  for (const item of items) {
    if (!chosen.has(resourceKey(item.resource))) continue;
    for (const { resource, reason, required } of item.refers_to) {
      const key = resourceKey(resource);
      if (chosen.has(key) || !copyable.has(key)) continue;
      const offer = found.get(key) ?? { key, resource, required: false, reasons: [] };
      found.set(key, offer);
      offer.required ||= required;
      offer.reasons.push(`${item.resource.name}: ${reason}`);
    }
  }
  return [...found.values()].sort((one, other) => Number(other.required) - Number(one.required));
}

/** A value that replaces the source's value in the target; one line of the form. */
export type Override =
  | { type: "config"; name: string; key: string; value: string }
  | { type: "secret"; name: string; key: string; value: string }
  | { type: "replicas"; workload: string; replicas: number }
  | { type: "host"; from: string; to: string };

const complete = (override: Override): boolean => {
  switch (override.type) {
    case "config":
    case "secret":
      return override.name !== "" && override.key !== "";
    case "replicas":
      return override.workload !== "";
    case "host":
      return override.from !== "" && override.to !== "";
  }
};

type ByName = "config_maps" | "secrets" | "replicas" | "ingress_hosts";

/** The names in a text with one name a line, each once. */
export const namesIn = (text: string): string[] => [
  ...new Set(
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  ),
];

/** By `ConfigMap/settings` or `Secret/keys`: the keys that are brought, where not all are. */
export type OnlyKeys = Readonly<Record<string, readonly string[]>>;

/** What the form names beside its lines. */
interface Named {
  leaveOut: string;
  namespaceLabels: string;
  onlyKeys: OnlyKeys;
}

/** The objects and keys in the address, as `ConfigMap/settings:mode`; an object without a key is brought whole. */
export function keysIn(names: readonly string[]): { objects: ReadonlySet<string>; onlyKeys: OnlyKeys } {
  const objects = new Set<string>();
  const onlyKeys: Record<string, string[]> = {};
  for (const name of names) {
    const [object = "", key] = name.split(":");
    objects.add(object);
    if (key) (onlyKeys[object] ??= []).push(key);
  }
  return { objects, onlyKeys };
}

/** The source's resources that the address names, if it names any that can be copied. */
export function choiceOfKeys(
  items: readonly SourceResource[],
  names: readonly string[],
): { chosen: ReadonlySet<string>; onlyKeys: OnlyKeys } | null {
  const { objects, onlyKeys } = keysIn(names);
  const taken = items.filter(
    (item) => item.resource.api_version === "v1" && objects.has(objectName(item)) && selectable(item),
  );
  if (taken.length === 0) return null;
  const known = new Set(taken.map(objectName));
  return {
    chosen: new Set(taken.map(({ resource }) => resourceKey(resource))),
    onlyKeys: Object.fromEntries(Object.entries(onlyKeys).filter(([object]) => known.has(object))),
  };
}

const objectName = ({ resource }: SourceResource): string => `${resource.kind}/${resource.name}`;

/** The overrides of the complete lines, and names of labels to leave out or for a new namespace, one a line. */
export function overridesFrom(
  lines: readonly Override[],
  allow: readonly string[],
  { leaveOut = "", namespaceLabels = "", onlyKeys = {} }: Partial<Named> = {},
): ImportOverrides {
  const overrides: ImportOverrides & Required<Pick<ImportOverrides, ByName>> = {
    config_maps: {},
    secrets: {},
    replicas: {},
    ingress_hosts: {},
    leave_out: namesIn(leaveOut),
    namespace_labels: namesIn(namespaceLabels),
    only_keys: Object.fromEntries(Object.entries(onlyKeys).map(([name, each]) => [name, [...each]])),
    allow: [...allow],
  };
  for (const line of lines.filter(complete)) {
    switch (line.type) {
      case "config":
        (overrides.config_maps[line.name] ??= {})[line.key] = line.value;
        break;
      case "secret":
        (overrides.secrets[line.name] ??= {})[line.key] = line.value;
        break;
      case "replicas":
        overrides.replicas[line.workload] = line.replicas;
        break;
      case "host":
        overrides.ingress_hosts[line.from] = line.to;
        break;
    }
  }
  return overrides;
}

export interface Choice {
  source: string;
  sourceCluster: string | null;
  namespace: string;
  chosen: ReadonlySet<string>;
  overrides: readonly Override[];
  /** Labels and annotations that the copies do not get, one name a line. */
  leaveOut: string;
  /** Labels of the source's namespace that a new namespace gets, one name a line. */
  namespaceLabels: string;
  onlyKeys: OnlyKeys;
  allow: readonly string[];
  onConflict: OnConflict;
  restart: boolean;
  /** Null where the target has no Git folder. */
  delivery: CopyDelivery | null;
}

/** Whether its checkbox is enabled: selecting a resource that needs a consent gives that consent. */
export const selectable = ({ copyable, consent }: SourceResource): boolean => copyable || consent !== null;

export function requestFor(items: readonly SourceResource[], choice: Choice): ImportRequest {
  // An object of which no key is selected is not brought.
  const taken = items.filter(
    (item) => choice.chosen.has(resourceKey(item.resource)) && choice.onlyKeys[objectName(item)]?.length !== 0,
  );
  const consents = taken.flatMap(({ copyable, consent }) => (copyable || consent === null ? [] : [consent]));
  return {
    source_environment: choice.source,
    source_cluster: choice.sourceCluster,
    namespace: choice.namespace || null,
    resources: taken.map(({ resource }) => resource),
    overrides: overridesFrom(choice.overrides, [...new Set([...choice.allow, ...consents])], {
      ...choice,
      onlyKeys: keysOfTaken(choice.onlyKeys, taken),
    }),
    on_conflict: choice.onConflict,
    // What is written to Git is on the clusters later, when others bring it.
    restart: choice.restart && choice.delivery !== "git",
    delivery: choice.delivery,
    plan_digest: null,
  };
}

/** Of the objects that are still selected: an import of keys of others is refused. */
function keysOfTaken(onlyKeys: OnlyKeys, taken: readonly SourceResource[]): OnlyKeys {
  const names = new Set(taken.map(objectName));
  return Object.fromEntries(Object.entries(onlyKeys).filter(([name]) => names.has(name)));
}

/** `Copy 14 resources to 2 clusters`, or `to Git`. A blocked plan has something to copy, even if nothing of it can be written now. */
export function copyLabel(plan: CopyPlan): string {
  const { resources, clusters } = writes(plan.clusters);
  if (resources === 0) return plan.blocked ? "Copy" : "Nothing to copy";
  const git = plan.clusters.some(({ handed_over }) => handed_over !== null);
  return `Copy ${count(resources, "resource")} to ${git ? "Git" : count(clusters, "cluster")}`;
}
