import { Autocomplete } from "@mantine/core";
import type { EnvironmentNamespaces } from "@/api/contract";
import { listed } from "@/lib/words";

interface NamespaceFieldProps {
  namespaces: EnvironmentNamespaces | undefined;
  clusters: readonly string[];
  value: string;
  onChange: (namespace: string) => void;
  error?: string;
}

/** A namespace of the target clusters, or the name of a new one; the description tells where it exists. */
export function NamespaceField({ namespaces, clusters, value, onChange, error }: NamespaceFieldProps) {
  return (
    <Autocomplete
      label="Namespace"
      description={describe(namespaces, clusters, value)}
      data={namespaces?.items.map(({ name }) => name) ?? []}
      value={value}
      onChange={onChange}
      error={error}
      required
    />
  );
}

function describe(namespaces: NamespaceFieldProps["namespaces"], clusters: readonly string[], value: string): string {
  if (value === "") return "Choose an existing namespace or enter a new name";
  if (!namespaces) return "Loading namespaces";
  const here = namespaces.items.find(({ name }) => name === value)?.clusters ?? [];
  const unreachable = namespaces.not_asked.length > 0 ? ` ${listed(namespaces.not_asked)} did not respond.` : "";
  const missing = clusters.filter((cluster) => !here.includes(cluster) && !namespaces.not_asked.includes(cluster));
  if (missing.length === 0) return `Exists on every cluster that responded.${unreachable}`;
  if (here.length === 0) return `New: Stagecoach creates it on ${listed(missing)}.${unreachable}`;
  return `Exists on ${listed(here)}; Stagecoach creates it on ${listed(missing)}.${unreachable}`;
}
