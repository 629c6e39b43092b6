import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Channel } from "@/api/contract";
import { RightButton } from "@/connected/right-button";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { StatusBadge } from "@/ui/status-badge";
import { CreateChannelDialog, DeleteChannelDialog, EditChannelDialog, RotateChannelDialog } from "./channel-dialogs";
import { channelStatus, destinationOf, kindTitles } from "./model";
import classes from "./notifications.module.css";
import { channelsQuery } from "./queries";
import { TestChannelDialog } from "./test-channel-dialog";

type Open = { type: "create" } | { type: "test" | "edit" | "rotate" | "delete"; channel: Channel } | null;

/** The channels: where notifications go. */
export function ChannelsSection({ onSelect }: { onSelect: (channel: string) => void }) {
  const query = useQuery(channelsQuery);
  const [open, setOpen] = useState<Open>(null);
  const columns = useMemo(() => columnsFor(setOpen, onSelect), [onSelect]);
  const close = () => setOpen(null);
  return (
    <Section
      title="Channels"
      actions={
        <RightButton needs="administer" leftSection={<Icon name="plus" />} onClick={() => setOpen({ type: "create" })}>
          New channel
        </RightButton>
      }
    >
      <Loaded query={query} what="channels">
        {(channels) =>
          channels.length === 0 ? (
            <EmptyState title="No channels yet">
              <p>
                A channel is where notifications go: Slack, Microsoft Teams, e-mail or a signed webhook. A route then
                says which of them.
              </p>
            </EmptyState>
          ) : (
            <DataTable label="Channels" columns={columns} rows={channels} rowKey={idOf} rowHeight={58} />
          )
        }
      </Loaded>
      {open?.type === "create" ? <CreateChannelDialog onClose={close} /> : null}
      {open?.type === "test" ? <TestChannelDialog channel={open.channel} onClose={close} /> : null}
      {open?.type === "edit" ? <EditChannelDialog channel={open.channel} onClose={close} /> : null}
      {open?.type === "rotate" ? <RotateChannelDialog channel={open.channel} onClose={close} /> : null}
      {open?.type === "delete" ? <DeleteChannelDialog channel={open.channel} onClose={close} /> : null}
    </Section>
  );
}

const idOf = ({ id }: Channel): string => id;

function columnsFor(onOpen: (open: Open) => void, onSelect: (channel: string) => void): Column<Channel>[] {
  return [
    {
      key: "name",
      header: "Channel",
      cell: (channel) => (
        <>
          <span className={classes.head}>
            {channel.name}
            <StatusBadge quiet status={channelStatus(channel)} hint={channel.disabled_because} />
          </span>
          <span className={classes.sub}>
            {kindTitles[channel.kind]}, {destinationOf(channel)}
          </span>
          {channel.disabled_because ? <span className={classes.sub}>{channel.disabled_because}</span> : null}
        </>
      ),
    },
    {
      key: "what",
      header: <span className="sc-unseen">Actions</span>,
      width: "52%",
      cell: (channel) => (
        <span className={classes.buttons}>
          <Action of={channel} word="Send a test" onClick={() => onOpen({ type: "test", channel })} />
          <Action of={channel} word="Sent" onClick={() => onSelect(channel.id)} />
          <Action of={channel} word="Edit" onClick={() => onOpen({ type: "edit", channel })} />
          {channel.kind === "webhook" ? (
            <Action of={channel} word="Replace secret" onClick={() => onOpen({ type: "rotate", channel })} />
          ) : null}
          <Action of={channel} word="Delete" onClick={() => onOpen({ type: "delete", channel })} />
        </span>
      ),
    },
  ];
}

function Action({ of, word, onClick }: { of: Channel; word: string; onClick: () => void }) {
  const destructive = word === "Delete";
  return (
    <Button
      size="compact-sm"
      variant={destructive ? "subtle" : "default"}
      color={destructive ? "red" : undefined}
      onClick={onClick}
    >
      {word}
      <span className="sc-unseen"> {of.name}</span>
    </Button>
  );
}
