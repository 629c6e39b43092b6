import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { GitRepository } from "@/api/contract";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { checkSentence } from "./model";
import { useCheckGitRepository } from "./mutations";

/** Checks a Git repository: whether its server lets Stagecoach in, and whether a branch and a file are there. */
export function CheckDialog({ repository, onClose }: { repository: GitRepository; onClose: () => void }) {
  const check = useCheckGitRepository(repository.name);
  const [branch, setBranch] = useState("");
  const [path, setPath] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    check.mutate({ branch: branch.trim() || null, path: path.trim() || null });
  };
  return (
    <Modal opened onClose={onClose} title={`Check ${repository.name}`}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Branch"
            description="Leave empty for the one that the repository names first."
            placeholder="main"
            value={branch}
            onChange={(event) => setBranch(event.currentTarget.value)}
          />
          <TextInput
            label="File"
            description="Leave empty to check the repository and its credential only."
            placeholder="apps/shop/values.yaml"
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
          />
          {check.error ? <ProblemAlert error={check.error} /> : null}
          <div role="status">
            {check.data ? (
              <Note tone={check.data.well ? "good" : "bad"} title={check.data.well ? "Check passed" : "Check failed"}>
                <p>{checkSentence(check.data)}</p>
              </Note>
            ) : null}
          </div>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={check.isPending}>
              Run check
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
