import { Fieldset, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { gitRepositoriesQuery } from "@/api/git-repositories";
import type { GitRepository } from "@/api/contract";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";

/** What a place in Git is: read by a person, it says "Add the one with this file". */
export type PlaceKind = "file" | "folder";

interface StoredRepositoriesProps {
  kind: PlaceKind;
  children: (stored: readonly GitRepository[]) => ReactNode;
}

/** The stored Git repositories, or where the first one is added. */
export function StoredRepositories({ kind, children }: StoredRepositoriesProps) {
  const repositories = useQuery(gitRepositoriesQuery);
  return (
    <Loaded query={repositories} what="Git repositories">
      {(stored) =>
        stored.length === 0 ? (
          <Note tone="warn" title="No Git repository is stored yet">
            <p>
              Add the one with this {kind} under <Link to="/registries">Registries</Link>, with a credential that may
              push.
            </p>
          </Note>
        ) : (
          children(stored)
        )
      }
    </Loaded>
  );
}

interface RepositoryAndBranchProps {
  stored: readonly GitRepository[];
  repository: string;
  branch: string;
  onChange: (changes: { repository?: string; branch?: string }) => void;
  /** What is written there, as the beginning of a sentence: `New images`. */
  written: string;
  /** What is delivered from the branch: `the workloads`. */
  delivered: string;
}

export function RepositoryAndBranch(props: RepositoryAndBranchProps) {
  const { stored, repository, branch, onChange, written, delivered } = props;
  const chosen = stored.find(({ name }) => name === repository);
  return (
    <Group grow align="flex-start">
      <NativeSelect
        label="Git repository"
        required
        data={[{ value: "", label: "Choose one" }, ...stored.map(({ name }) => name)]}
        value={repository}
        onChange={(event) => onChange({ repository: event.currentTarget.value })}
        description={chosen ? arrival(chosen, written) : "Of those stored under Registries"}
      />
      <TextInput
        label="Branch"
        description={`From which ${delivered} are delivered`}
        required
        spellCheck={false}
        value={branch}
        onChange={(event) => onChange({ branch: event.currentTarget.value })}
      />
    </Group>
  );
}

/** Whether it is committed or proposed, which the repository decides. */
export const arrival = ({ pull_requests: provider }: GitRepository, written: string): string =>
  provider === null
    ? `${written} are committed to the branch itself`
    : `${written} are ${provider === "gitlab" ? "merge requests" : "pull requests"}, which somebody merges`;

interface OwnPathsProps {
  kind: PlaceKind;
  clusters: readonly string[];
  /** The path of clusters without one of their own. */
  path: string;
  paths: Readonly<Record<string, string>>;
  onChange: (paths: Record<string, string>) => void;
  /** What sharing one means. */
  children: ReactNode;
}

/** The paths of clusters that have one of their own; nothing where there is one cluster. */
export function OwnPaths({ kind, clusters, path, paths, onChange, children }: OwnPathsProps) {
  if (clusters.length < 2) return null;
  return (
    <Fieldset legend={`Clusters with a ${kind} of their own`}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {children}
        </Text>
        {clusters.map((cluster) => (
          <TextInput
            key={cluster}
            label={cluster}
            placeholder={path.trim() || `the ${kind} above`}
            spellCheck={false}
            value={paths[cluster] ?? ""}
            onChange={(event) => onChange({ ...paths, [cluster]: event.currentTarget.value })}
          />
        ))}
      </Stack>
    </Fieldset>
  );
}
