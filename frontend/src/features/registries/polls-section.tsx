import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, type FormEvent } from "react";
import type { Poll } from "@/api/contract";
import { useLack, useRight } from "@/api/rights";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { RightButton } from "@/connected/right-button";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { intervals, intervalWords, pollStatus, splitRepository } from "./model";
import { useDeletePoll, usePutPoll } from "./mutations";
import { pollsQuery } from "./queries";
import classes from "./registries.module.css";

type Open = { type: "add" } | { type: "edit" | "delete"; poll: Poll } | null;

/** The polled repositories, for registries that do not report all image pushes. */
export function PollsSection() {
  const query = useQuery(pollsQuery);
  const [open, setOpen] = useState<Open>(null);
  const lack = useLack("view");
  const mayChange = useRight("administer");
  const columns = useMemo(() => columnsFor(mayChange ? setOpen : null), [mayChange]);
  const close = () => setOpen(null);
  return (
    <Section
      title="Polled repositories"
      actions={
        <RightButton
          needs="administer"
          variant="default"
          leftSection={<Icon name="plus" />}
          onClick={() => setOpen({ type: "add" })}
        >
          Poll a repository
        </RightButton>
      }
    >
      <Loaded query={query} what="polled repositories">
        {(polls) =>
          polls.length === 0 && lack !== null ? (
            <Note title={`You do not see polled repositories. ${lack}`} />
          ) : polls.length === 0 ? (
            <EmptyState title="No polled repositories">
              <p>Poll a repository if its registry sends no webhooks, or if deliveries may get lost.</p>
            </EmptyState>
          ) : (
            <DataTable label="Repositories" columns={columns} rows={polls} rowKey={repositoryOf} rowHeight={58} />
          )
        }
      </Loaded>
      {open?.type === "add" ? <PollDialog poll={null} onClose={close} /> : null}
      {open?.type === "edit" ? <PollDialog poll={open.poll} onClose={close} /> : null}
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
      header: "Last polled",
      wideOnly: true,
      width: "18%",
      cell: ({ last_at: at }) => (at ? <Time at={at} /> : "not yet"),
    },
    { key: "next", header: "Next poll", wideOnly: true, width: "14%", cell: ({ next_at: at }) => <Time at={at} /> },
    ...(onOpen
      ? [
          {
            key: "what",
            header: <span className="sc-unseen">Actions</span>,
            width: "28%",
            cell: (poll: Poll) => (
              <span className={classes.buttons}>
                <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: "edit", poll })}>
                  Edit<span className="sc-unseen"> {poll.repository}</span>
                </Button>
                <Button size="compact-sm" variant="subtle" color="red" onClick={() => onOpen({ type: "delete", poll })}>
                  Stop<span className="sc-unseen"> polling {poll.repository}</span>
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
    <Modal opened onClose={onClose} title={poll ? `Poll ${poll.repository}` : "Poll a repository"}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {poll ? null : (
            <TextInput
              label="Repository"
              description="With the host of a registry that is configured above"
              placeholder="registry.example.com/shop/web"
              required
              value={repository}
              onChange={(event) => setRepository(event.currentTarget.value)}
              error={repository.trim() === "" || named ? undefined : "Begin with the registry's host."}
            />
          )}
          <Select
            label="Interval"
            allowDeselect={false}
            data={[...intervals, ...(known ? [] : [{ value: seconds, label: intervalWords(Number(seconds)) }])]}
            value={seconds}
            onChange={(value) => value && setSeconds(value)}
          />
          <Text size="sm" c="dimmed">
            The first poll records the existing tags. Each new tag that a later poll finds counts as an image push.
          </Text>
          {put.error ? <ProblemAlert error={put.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={put.isPending} disabled={!named}>
              {poll ? "Save" : "Start polling"}
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
      title={`Stop polling ${poll.repository}?`}
      action="Stop polling"
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>
        Stagecoach then detects image pushes to this repository by webhook deliveries only. Images that it has found
        stay.
      </Text>
    </ConfirmDialog>
  );
}
