import { Button, Group, Modal, MultiSelect, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, type FormEvent } from "react";
import { applicationNamesQuery } from "@/api/applications";
import type { Channel, NotificationRoute, NotificationType } from "@/api/contract";
import { environmentsQuery } from "@/api/environments";
import { RightButton } from "@/connected/right-button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { namesOr, typesOf, typeTitles } from "./model";
import { useDeleteRoute, useSaveRoute } from "./mutations";
import classes from "./notifications.module.css";
import { channelsQuery, notificationRoutesQuery } from "./queries";

type Open = { type: "edit"; route: NotificationRoute | null } | { type: "delete"; route: NotificationRoute } | null;

/** The routes: which notifications go to which channel. */
export function RoutesSection() {
  const query = useQuery(notificationRoutesQuery);
  const channels = useQuery(channelsQuery);
  const [open, setOpen] = useState<Open>(null);
  const columns = useMemo(() => columnsFor(setOpen), []);
  const close = () => setOpen(null);
  return (
    <Section
      title="Routes"
      actions={
        <RightButton
          needs="administer"
          variant="default"
          leftSection={<Icon name="plus" />}
          blocked={channels.data?.length === 0 ? "Create a channel first." : null}
          onClick={() => setOpen({ type: "edit", route: null })}
        >
          New route
        </RightButton>
      }
    >
      <Loaded query={query} what="routes">
        {(routes) =>
          routes.length === 0 ? (
            <EmptyState title="No routes yet">
              <p>Without a route, a channel gets nothing but tests.</p>
            </EmptyState>
          ) : (
            <DataTable label="Routes" columns={columns} rows={routes} rowKey={idOf} rowHeight={58} />
          )
        }
      </Loaded>
      {open?.type === "edit" ? <RouteDialog route={open.route} channels={channels.data ?? []} onClose={close} /> : null}
      {open?.type === "delete" ? <DeleteRouteDialog route={open.route} onClose={close} /> : null}
    </Section>
  );
}

const idOf = ({ id }: NotificationRoute): string => id;

function columnsFor(onOpen: (open: Open) => void): Column<NotificationRoute>[] {
  return [
    {
      key: "channel",
      header: "Channel",
      width: "22%",
      cell: ({ channel_name: name }) => name,
    },
    {
      key: "what",
      header: "Gets",
      cell: (route) => (
        <>
          {typesOf(route)}
          <span className={classes.sub}>
            {namesOr(route.applications, "all applications")} in {namesOr(route.environments, "all environments")}
          </span>
        </>
      ),
    },
    {
      key: "actions",
      header: <span className="sc-unseen">Actions</span>,
      width: "22%",
      cell: (route) => (
        <span className={classes.buttons}>
          <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: "edit", route })}>
            Edit<span className="sc-unseen"> the route to {route.channel_name}</span>
          </Button>
          <Button size="compact-sm" variant="subtle" color="red" onClick={() => onOpen({ type: "delete", route })}>
            Delete<span className="sc-unseen"> the route to {route.channel_name}</span>
          </Button>
        </span>
      ),
    },
  ];
}

interface RouteDialogProps {
  /** The route to edit; null for a new one. */
  route: NotificationRoute | null;
  channels: readonly Channel[];
  onClose: () => void;
}

function RouteDialog({ route, channels, onClose }: RouteDialogProps) {
  const save = useSaveRoute(route?.id ?? null);
  const { data: names } = useQuery(applicationNamesQuery);
  const { data: places } = useQuery(environmentsQuery);
  const [channel, setChannel] = useState<string | null>(route?.channel ?? channels[0]?.id ?? null);
  const [events, setEvents] = useState<string[]>(route?.events ?? []);
  const [applications, setApplications] = useState<string[]>(route?.applications ?? []);
  const [environments, setEnvironments] = useState<string[]>(route?.environments ?? []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (channel)
      save.mutate(
        {
          channel,
          events: events.length ? (events as NotificationType[]) : null,
          applications: applications.length ? applications : null,
          environments: environments.length ? environments : null,
        },
        { onSuccess: onClose },
      );
  };
  return (
    <Modal opened onClose={onClose} size="lg" title={route ? `Edit the route to ${route.channel_name}` : "New route"}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Select
            label="Channel"
            required
            allowDeselect={false}
            data={channels.map(({ id, name }) => ({ value: id, label: name }))}
            value={channel}
            onChange={setChannel}
          />
          <MultiSelect
            label="Notifications"
            placeholder={events.length ? undefined : "Everything"}
            clearable
            data={Object.entries(typeTitles).map(([value, label]) => ({ value, label }))}
            value={events}
            onChange={setEvents}
          />
          <MultiSelect
            label="Applications"
            placeholder={applications.length ? undefined : "All applications"}
            clearable
            searchable
            data={names ?? applications}
            value={applications}
            onChange={setApplications}
          />
          <MultiSelect
            label="Environments"
            placeholder={environments.length ? undefined : "All environments"}
            clearable
            searchable
            data={places?.map(({ name }) => name) ?? environments}
            value={environments}
            onChange={setEnvironments}
          />
          {save.error ? <ProblemAlert error={save.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!channel}>
              {route ? "Save" : "Create route"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function DeleteRouteDialog({ route, onClose }: { route: NotificationRoute; onClose: () => void }) {
  const remove = useDeleteRoute(route.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Delete the route to ${route.channel_name}?`}
      action="Delete the route"
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>The channel stays, and gets what its other routes lead to it.</Text>
    </ConfirmDialog>
  );
}
