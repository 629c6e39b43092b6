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

/** A namespace: an existing one of the target clusters, or the name of a new one. It says which it is. */
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
  if (value === "") return "An existing one, or a new name";
  if (!namespaces) return "Looking which namespaces there are";
  const here = namespaces.items.find(({ name }) => name === value)?.clusters ?? [];
  const silent = namespaces.not_asked.length > 0 ? ` ${listed(namespaces.not_asked)} did not answer.` : "";
  const missing = clusters.filter((cluster) => !here.includes(cluster) && !namespaces.not_asked.includes(cluster));
  if (missing.length === 0) return `Exists on every cluster that answered.${silent}`;
  if (here.length === 0) return `New: it is created on ${listed(missing)}.${silent}`;
  return `Exists on ${listed(here)}; created on ${listed(missing)}.${silent}`;
}
