import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { GitRepository } from "@/api/contract";
import { gitRepositoriesQuery } from "@/api/git-repositories";
import { useLack, useRight } from "@/api/rights";
import { RightButton } from "@/connected/right-button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { credentialWords, serverStatus } from "@/ui/credential";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Section } from "@/ui/page";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { CheckDialog } from "./check-dialog";
import { GitRepositoryDialog } from "./git-repository-dialog";
import { useRemoveGitRepository } from "./mutations";

type Open = { type: "add" } | { type: "check" | "edit" | "remove"; repository: GitRepository } | null;

/** The Git repositories with files that name images, with their credentials. */
export function GitRepositoriesSection() {
  const query = useQuery(gitRepositoriesQuery);
  const [open, setOpen] = useState<Open>(null);
  const mayCheck = useRight("maintain", "somewhere");
  const lack = useLack("view");
  const mayChange = useRight("administer");
  const columns = useMemo(() => columnsFor({ mayCheck, mayChange, onOpen: setOpen }), [mayCheck, mayChange]);
  const close = () => setOpen(null);
  return (
    <Section
      title="Git repositories"
      actions={
        <RightButton
          needs="administer"
          variant="default"
          leftSection={<Icon name="plus" />}
          onClick={() => setOpen({ type: "add" })}
        >
          Add a Git repository
        </RightButton>
      }
    >
      <Loaded query={query} what="Git repositories">
        {(repositories) =>
          repositories.length === 0 && lack !== null ? (
            <Note title={`You do not see Git repositories. ${lack}`} />
          ) : repositories.length === 0 ? (
            <EmptyState title="No Git repositories yet">
              <p>
                Where Helm, Argo CD or Flux takes images from files in Git, Stagecoach can show what a new image changes
                in them, line by line.
              </p>
            </EmptyState>
          ) : (
            <DataTable label="Git repositories" columns={columns} rows={repositories} rowKey={nameOf} rowHeight={58} />
          )
        }
      </Loaded>
      {open?.type === "add" ? <GitRepositoryDialog repository={null} onClose={close} /> : null}
      {open?.type === "edit" ? <GitRepositoryDialog repository={open.repository} onClose={close} /> : null}
      {open?.type === "check" ? <CheckDialog repository={open.repository} onClose={close} /> : null}
      {open?.type === "remove" ? <RemoveDialog repository={open.repository} onClose={close} /> : null}
    </Section>
  );
}

const nameOf = ({ name }: GitRepository): string => name;

interface Context {
  mayCheck: boolean;
  mayChange: boolean;
  onOpen: (open: Open) => void;
}

function columnsFor({ mayCheck, mayChange, onOpen }: Context): Column<GitRepository>[] {
  return [
    {
      key: "name",
      header: "Name",
      cell: (repository) => (
        <>
          <Group gap="xs">
            {repository.name}
            <StatusBadge quiet status={serverStatus(repository)} />
          </Group>
          <Below text={repository.url} />
          {repository.last_error ? <Below text={repository.last_error} /> : null}
        </>
      ),
    },
    {
      key: "credential",
      header: "Credential",
      wideOnly: true,
      width: "18%",
      cell: ({ credential, username }) => (
        <>
          {credentialWords[credential]}
          {username ? <Below text={username} /> : null}
        </>
      ),
    },
    {
      key: "seen",
      header: "Last response",
      wideOnly: true,
      width: "14%",
      cell: ({ last_seen_at: at }) => (at ? <Time at={at} /> : "not yet"),
    },
    {
      key: "what",
      header: <span className="sc-unseen">Actions</span>,
      width: "28%",
      cell: (repository) => (
        <Group gap="0.3rem" justify="flex-end">
          {mayCheck ? (
            <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: "check", repository })}>
              Check<span className="sc-unseen"> {repository.name}</span>
            </Button>
          ) : null}
          {mayChange ? (
            <>
              <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: "edit", repository })}>
                Edit<span className="sc-unseen"> {repository.name}</span>
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                onClick={() => onOpen({ type: "remove", repository })}
              >
                Remove<span className="sc-unseen"> {repository.name}</span>
              </Button>
            </>
          ) : null}
        </Group>
      ),
    },
  ];
}

function Below({ text }: { text: string }) {
  return (
    <Text size="xs" c="var(--sc-dim)" style={{ overflowWrap: "anywhere" }}>
      {text}
    </Text>
  );
}

function RemoveDialog({ repository, onClose }: { repository: GitRepository; onClose: () => void }) {
  const remove = useRemoveGitRepository(repository.name);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Remove ${repository.name}?`}
      action={`Remove ${repository.name}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>Stagecoach forgets its address and deletes its credential. The repository itself stays as it is.</Text>
    </ConfirmDialog>
  );
}
