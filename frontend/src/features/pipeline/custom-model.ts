/** The custom resources of an environment: those that need attention, and the others by kind. Pure. */
import type { CustomResource, EnvironmentOverview, Health, Image, Resource } from "@/api/contract";
import { urgency } from "./model";

/** A custom resource on the clusters where it is the same, for the same reason. */
export interface CustomState {
  key: string;
  resource: Resource;
  health: Health;
  reason: string | null;
  message: string | null;
  /** Since when it is so on the first of these clusters; null if the object does not say that. */
  since: string | null;
  clusters: string[];
}

const quiet: ReadonlySet<Health> = new Set(["ready", "suspended"]);

/** Those that are unhealthy, the most urgent first; with `known`, only those of which more is known than that. */
export function unhealthyCustom(environment: EnvironmentOverview, known: "known" | "all" = "all"): CustomState[] {
  return environment.custom_resources
    .flatMap(statesOf)
    .filter(({ health }) => !quiet.has(health) && (known === "all" || health !== "unknown"))
    .sort((one, other) => urgency[one.health] - urgency[other.health]);
}

/** A custom resource by health and reason. */
function statesOf({ resource, health }: CustomResource): CustomState[] {
  const found = new Map<string, CustomState>();
  for (const { cluster, health: state, reason, message, since } of health) {
    const key = `${resource.api_version}/${resource.kind}/${resource.name} ${state} ${reason ?? ""}`;
    const known = found.get(key);
    if (!known) found.set(key, { key, resource, health: state, reason, message, since, clusters: [cluster] });
    else {
      known.clusters.push(cluster);
      if (since !== null && (known.since === null || since < known.since)) known.since = since;
    }
  }
  return [...found.values()];
}

export interface CustomKind {
  kind: string;
  apiVersion: string;
  resources: { name: string; health: Health; reason: string | null }[];
}

/** Those that are healthy everywhere, by kind. */
export function healthyCustom(environment: EnvironmentOverview): CustomKind[] {
  const kinds = new Map<string, CustomKind>();
  for (const { resource, health } of environment.custom_resources) {
    const first = health[0];
    if (!first || health.some((each) => !quiet.has(each.health))) continue;
    const key = `${resource.kind} ${resource.api_version}`;
    const known = kinds.get(key) ?? { kind: resource.kind, apiVersion: resource.api_version, resources: [] };
    kinds.set(key, known);
    known.resources.push({ name: resource.name, health: first.health, reason: first.reason });
  }
  return [...kinds.values()].sort((one, other) => one.kind.localeCompare(other.kind));
}

/** An image that clusters have differently in a custom resource. */
export interface CustomSkew {
  resource: Resource;
  path: string;
  images: { cluster: string; image: Image }[];
}

export const customSkew = (environment: EnvironmentOverview): CustomSkew[] =>
  environment.custom_resources.flatMap(({ resource, images }) =>
    images.filter(({ differs }) => differs).map(({ path, images: found }) => ({ resource, path, images: found })),
  );
