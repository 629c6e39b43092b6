import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, type FormEvent } from "react";
import type { Poll } from "@/api/contract";
import { useAllowed } from "@/api/me";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { RoleButton } from "@/connected/role-button";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { intervals, intervalWords, pollStatus, splitRepository } from "./model";
import { useDeletePoll, usePutPoll } from "./mutations";
import { pollsQuery } from "./queries";
import classes from "./registries.module.css";

type Open = { type: "add" } | { type: "change" | "delete"; poll: Poll } | null;

/** Repositories that are looked at from time to time, because their registry reports nothing, or not everything. */
export function PollsSection() {
  const query = useQuery(pollsQuery);
  const [open, setOpen] = useState<Open>(null);
  const mayChange = useAllowed("admin");
  const columns = useMemo(() => columnsFor(mayChange ? setOpen : null), [mayChange]);
  const close = () => setOpen(null);
  return (
    <Section
      title="Repositories looked at from time to time"
      actions={
        <RoleButton
          needs="admin"
          variant="default"
          leftSection={<Icon name="plus" />}
          onClick={() => setOpen({ type: "add" })}
        >
          Look at a repository
        </RoleButton>
      }
    >
      <Loaded query={query} what="looked-at repositories">
        {(polls) =>
          polls.length === 0 ? (
            <EmptyState title="No repository is looked at">
              <p>For registries that report nothing, or whose reports may be lost.</p>
            </EmptyState>
          ) : (
            <DataTable label="Repositories" columns={columns} rows={polls} rowKey={repositoryOf} rowHeight={58} />
          )
        }
      </Loaded>
      {open?.type === "add" ? <PollDialog poll={null} onClose={close} /> : null}
      {open?.type === "change" ? <PollDialog poll={open.poll} onClose={close} /> : null}
      {open?.type === "delete" ? <DeletePollDialog poll={open.poll} onClose={close} /> : null}
    </Section>
  );
}

const repositoryOf = ({ repository }: Poll): string => repository;

function columnsFor(onOpen: ((open: Open) => void) | null): Column<Poll>[] {
  return [
    {
      key: "repository",
      header: "Repository",
      cell: (poll) => (
        <>
          <span className={classes.head}>
            {poll.repository}
            <StatusBadge quiet status={pollStatus(poll)} />
          </span>
          <span className={classes.sub}>{intervalWords(poll.interval_seconds)}</span>
          {poll.last_error ? <span className={classes.sub}>{poll.last_error}</span> : null}
        </>
      ),
    },
    {
      key: "last",
      header: "Looked at",
      wideOnly: true,
      width: "18%",
      cell: ({ last_at: at }) => (at ? <Time at={at} /> : "not yet"),
    },
    { key: "next", header: "Next", wideOnly: true, width: "14%", cell: ({ next_at: at }) => <Time at={at} /> },
    ...(onOpen
      ? [
          {
            key: "what",
            header: <span className="sc-unseen">What can be done</span>,
            width: "28%",
            cell: (poll: Poll) => (
              <span className={classes.buttons}>
                <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: "change", poll })}>
                  Change<span className="sc-unseen"> {poll.repository}</span>
                </Button>
                <Button size="compact-sm" variant="subtle" color="red" onClick={() => onOpen({ type: "delete", poll })}>
                  Stop<span className="sc-unseen"> looking at {poll.repository}</span>
                </Button>
              </span>
            ),
          },
        ]
      : []),
  ];
}

function PollDialog({ poll, onClose }: { poll: Poll | null; onClose: () => void }) {
  const put = usePutPoll();
  const [repository, setRepository] = useState(poll?.repository ?? "");
  const [seconds, setSeconds] = useState(String(poll?.interval_seconds ?? 300));
  const named = splitRepository(repository.trim()) !== null;
  const known = intervals.some(({ value }) => value === seconds);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate({ repository: repository.trim(), seconds: Number(seconds) }, { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} title={poll ? `Look at ${poll.repository}` : "Look at a repository"}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {poll ? null : (
            <TextInput
              label="Repository"
              description="With its registry, which has to be one that may be asked."
              placeholder="registry.example.com/shop/web"
              required
              value={repository}
              onChange={(event) => setRepository(event.currentTarget.value)}
              error={repository.trim() === "" || named ? undefined : "Begin with the registry's host."}
            />
          )}
          <Select
            label="How often"
            allowDeselect={false}
            data={[...intervals, ...(known ? [] : [{ value: seconds, label: intervalWords(Number(seconds)) }])]}
            value={seconds}
            onChange={(value) => value && setSeconds(value)}
          />
          <Text size="sm" c="dimmed">
            The first look learns what is there. New tags that a later one finds are taken as pushed.
          </Text>
          {put.error ? <ProblemAlert error={put.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={put.isPending} disabled={!named}>
              {poll ? "Save" : "Look at it"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function DeletePollDialog({ poll, onClose }: { poll: Poll; onClose: () => void }) {
  const remove = useDeletePoll(poll.repository);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Stop looking at ${poll.repository}?`}
      action="Stop looking"
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>What is pushed there is known only if it is reported. Images that came stay.</Text>
    </ConfirmDialog>
  );
}
