import { Button, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { GitRepository } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { credentialLike, credentialOf, isComplete } from "@/ui/credential";
import { CredentialFields } from "@/ui/credential-fields";
import { ProblemAlert } from "@/ui/problem-alert";
import { usePutGitRepository } from "./mutations";
import { changesOf, choices, isChanges } from "./providers";

interface GitRepositoryDialogProps {
  /** The repository to edit, or null for a new one. */
  repository: GitRepository | null;
  onClose: () => void;
}

/** Adds or edits a Git repository. The stored credential is never shown: to edit the repository, enter it again. */
export function GitRepositoryDialog({ repository, onClose }: GitRepositoryDialogProps) {
  const put = usePutGitRepository();
  const [name, setName] = useState(repository?.name ?? "");
  const [url, setUrl] = useState(repository?.url ?? "");
  const [credential, setCredential] = useState(credentialLike(repository));
  const [changes, setChanges] = useState(changesOf(repository?.pull_requests));
  const faultOf = (field: string) => (put.error ? asProblem(put.error).messageFor(field) : undefined);
  const complete = name.trim() !== "" && url.trim() !== "" && isComplete(credential);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const pull_requests = changes === "push" ? null : changes;
    put.mutate(
      { name: name.trim(), repository: { url: url.trim(), credential: credentialOf(credential), pull_requests } },
      { onSuccess: onClose },
    );
  };
  return (
    <Modal opened onClose={onClose} title={repository ? `Edit ${repository.name}` : "Add a Git repository"}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {repository ? null : (
            <TextInput
              label="Name"
              description="How it is called in Stagecoach"
              placeholder="shop-config"
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
          <TextInput
            label="Address"
            description="What it is cloned from over HTTPS"
            placeholder="https://git.example.com/shop/config.git"
            required
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
            error={faultOf("url")}
          />
          <NativeSelect
            label="New images arrive by"
            description="Where a workload is delivered by a commit. The credential is used for the provider's API, too"
            data={choices}
            value={changes}
            onChange={({ currentTarget: { value } }) => {
              if (isChanges(value)) setChanges(value);
            }}
          />
          <CredentialFields value={credential} onChange={setCredential} />
          {put.error ? <ProblemAlert error={put.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={put.isPending} disabled={!complete}>
              {repository ? "Save" : "Add Git repository"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
