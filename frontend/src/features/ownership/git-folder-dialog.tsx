import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { GitFolder, GitFolderInput } from "@/api/contract";
import { ProblemAlert } from "@/ui/problem-alert";
import { enteredPaths } from "./git-paths";
import { OwnPaths, RepositoryAndBranch, StoredRepositories } from "./git-place-fields";
import { useSetGitFolder } from "./mutations";

interface GitFolderDialogProps {
  application: string;
  environment: string;
  clusters: readonly string[];
  folder: GitFolder | null;
  onClose: () => void;
}

/** The folder of a stored Git repository into which imports write files instead of objects. */
export function GitFolderDialog({ application, environment, clusters, folder, onClose }: GitFolderDialogProps) {
  const set = useSetGitFolder(application, environment);
  const [draft, setDraft] = useState<GitFolder>(folder ?? { repository: "", branch: "main", path: "", paths: {} });
  const change = (changes: Partial<GitFolder>) => setDraft((before) => ({ ...before, ...changes }));
  const lack = lackOf(draft);
  return (
    <Modal opened onClose={onClose} size="lg" title={`Set the Git folder of ${environment}`}>
      <Stack gap="md">
        <Text size="sm">
          Imports into {environment} write files there instead of objects on the clusters. Whatever delivers from there,
          such as Flux or Argo CD, applies them. Secrets are never written to Git.
        </Text>
        <StoredRepositories kind="folder">
          {(stored) => (
            <Stack gap="sm">
              <RepositoryAndBranch
                stored={stored}
                repository={draft.repository}
                branch={draft.branch}
                onChange={change}
                written="Imports"
                delivered="the clusters"
              />
              <TextInput
                label="Folder"
                description="From the root of the repository"
                placeholder={`apps/${application}/${environment.toLowerCase()}`}
                required
                spellCheck={false}
                value={draft.path}
                onChange={(event) => change({ path: event.currentTarget.value })}
              />
              <OwnPaths
                kind="folder"
                clusters={clusters}
                path={draft.path}
                paths={draft.paths}
                onChange={(paths) => change({ paths })}
              >
                All clusters that share a folder get the same objects, at the same time.
              </OwnPaths>
            </Stack>
          )}
        </StoredRepositories>
        {set.error ? <ProblemAlert error={set.error} /> : null}
        <Group justify="flex-end">
          {lack ? (
            <Text size="sm" c="dimmed">
              {lack}
            </Text>
          ) : null}
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={lack !== null}
            loading={set.isPending}
            onClick={() => set.mutate(entered(draft), { onSuccess: onClose })}
          >
            Set the folder
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

const entered = ({ repository, branch, path, paths }: GitFolder): GitFolderInput => ({
  repository,
  branch: branch.trim(),
  path: path.trim(),
  paths: enteredPaths(paths),
});

/** What is still missing in the form, as a sentence; null if nothing is. */
function lackOf({ repository, branch, path }: GitFolder): string | null {
  if (repository === "") return "Choose a Git repository.";
  if (branch.trim() === "") return "Name the branch.";
  return path.trim() === "" ? "Name the folder." : null;
}
