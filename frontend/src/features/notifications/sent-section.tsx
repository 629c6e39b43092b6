import { Button, Group, Select } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Channel, OutboxState, SentNotification } from "@/api/contract";
import { itemsOf } from "@/api/pages";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Loading } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { states, stateStatus } from "./model";
import { useSendAgain, useSwitchChannel } from "./mutations";
import classes from "./notifications.module.css";
import { channelsQuery, notificationsQuery } from "./queries";

interface SentSectionProps {
  channel: string;
  state: OutboxState | undefined;
  onState: (state: OutboxState | undefined) => void;
}

/** What was sent to a channel, what waits, and what could not be sent, which can be sent again. */
export function SentSection({ channel: id, state, onState }: SentSectionProps) {
  const channel = useQuery(channelsQuery).data?.find((each) => each.id === id);
  const query = useInfiniteQuery(notificationsQuery(id, state));
  const again = useSendAgain(id);
  const { mutate } = again;
  const columns = useMemo(() => columnsFor((notification) => mutate(notification)), [mutate]);
  const notifications = itemsOf(query.data);
  const dead = channel?.notifications.dead ?? 0;
  return (
    <Section
      title={channel ? `Sent to ${channel.name}` : "Sent"}
      actions={
        <Group gap="xs">
          {dead > 0 ? (
            <Button variant="default" loading={again.isPending} onClick={() => again.mutate(null)}>
              Send all {dead} again
            </Button>
          ) : null}
          <Select
            aria-label="Status"
            placeholder="Any status"
            clearable
            w={160}
            data={states.map((value) => ({ value, label: stateStatus[value].label }))}
            value={state ?? null}
            onChange={(value) => onState(value ?? undefined)}
          />
        </Group>
      }
    >
      {channel?.disabled_at ? <Disabled channel={channel} /> : null}
      {again.error ? <ProblemAlert error={again.error} /> : null}
      {query.error ? <ProblemAlert error={query.error} retry={() => void query.refetch()} /> : null}
      {query.isPending ? <Loading what="notifications" rows={4} /> : null}
      {notifications?.length === 0 ? (
        <EmptyState title={state ? "No notification with this status" : "Nothing yet"}>
          <p>Stagecoach keeps what it sent for seven days, and what it could not send for thirty.</p>
        </EmptyState>
      ) : null}
      {notifications && notifications.length > 0 ? (
        <DataTable label="Notifications" columns={columns} rows={notifications} rowKey={idOf} rowHeight={58} />
      ) : null}
      {query.hasNextPage ? (
        <Group>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load older notifications
          </Button>
        </Group>
      ) : null}
    </Section>
  );
}

function Disabled({ channel }: { channel: Channel }) {
  const enable = useSwitchChannel(channel.id);
  return (
    <Note tone="warn" title="Nothing is sent to this channel">
      <p>{channel.disabled_because}</p>
      {enable.error ? <ProblemAlert error={enable.error} /> : null}
      <Button size="compact-sm" variant="default" loading={enable.isPending} onClick={() => enable.mutate(true)}>
        Enable {channel.name}
      </Button>
    </Note>
  );
}

const idOf = ({ id }: SentNotification): string => id;

function columnsFor(onAgain: (notification: string) => void): Column<SentNotification>[] {
  return [
    {
      key: "state",
      header: "Status",
      width: "9.5rem",
      cell: ({ state, occurred_at: at }) => (
        <>
          <StatusBadge status={stateStatus[state]} />
          <span className={classes.sub}>
            <Time at={at} />
          </span>
        </>
      ),
    },
    {
      key: "what",
      header: "Notification",
      cell: ({ title, error, attempts, next_try_at: next }) => (
        <>
          {title}
          {error ? <span className={classes.sub}>{error}</span> : null}
          {next && attempts > 0 ? (
            <span className={classes.sub}>
              tried {attempts} of 7 times, next <Time at={next} />
            </span>
          ) : null}
        </>
      ),
    },
    {
      key: "actions",
      header: <span className="sc-unseen">Actions</span>,
      width: "9rem",
      cell: ({ id, state, title }) =>
        state === "dead" ? (
          <span className={classes.buttons}>
            <Button size="compact-sm" variant="default" onClick={() => onAgain(id)}>
              Send again<span className="sc-unseen">: {title}</span>
            </Button>
          </span>
        ) : null,
    },
  ];
}
