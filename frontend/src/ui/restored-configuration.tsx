import { Stack, Text } from "@mantine/core";
import type { FieldChange, PromotionPlan } from "@/api/contract";
import { listed } from "@/lib/words";
import { DiffView } from "./diff-view";

type Cluster = Pick<PromotionPlan["clusters"][number], "cluster" | "configuration" | "restarts">;

interface Group {
  name: string;
  clusters: string[];
  changes: FieldChange[];
}

/** What is put back besides images, key by key, and what is restarted: what clusters have in common stands once. */
export function RestoredConfiguration({ clusters }: { clusters: readonly Cluster[] }) {
  const groups = groupsOf(clusters);
  const restarted = [...new Set(clusters.flatMap((each) => each.restarts.map(({ kind, name }) => `${kind} ${name}`)))];
  if (groups.length === 0 && restarted.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="Configuration">
      {groups.map(({ name, clusters: on, changes }) => (
        <div key={`${name} ${on.join(" ")}`}>
          <Text size="sm" fw={600}>
            {name}
            {on.length < clusters.length ? ` on ${listed(on)}` : ""}
          </Text>
          <DiffView changes={changes} />
        </div>
      ))}
      {restarted.length > 0 ? <Text size="sm">Restarted: {listed(restarted)}</Text> : null}
    </Stack>
  );
}

function groupsOf(clusters: readonly Cluster[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { cluster, configuration } of clusters)
    for (const { resource, changes } of configuration) {
      if (changes.length === 0) continue;
      const name = `${resource.kind} ${resource.name}`;
      const key = JSON.stringify([name, changes]);
      const group = groups.get(key) ?? { name, clusters: [], changes };
      groups.set(key, { ...group, clusters: [...group.clusters, cluster] });
    }
  return [...groups.values()];
}
