import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Registry } from "@/api/contract";
import { useLack, useRight } from "@/api/rights";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { credentialWords, serverStatus } from "@/ui/credential";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Section } from "@/ui/page";
import { RightButton } from "@/connected/right-button";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { CheckDialog } from "./check-dialog";
import { useRemoveRegistry } from "./mutations";
import { registriesQuery } from "./queries";
import classes from "./registries.module.css";
import { RegistryDialog } from "./registry-dialog";

type Open = { type: "add" } | { type: "check" | "edit" | "remove"; registry: Registry } | null;

/** The registries in which Stagecoach resolves tags and polls repositories, with their credentials. */
export function RegistriesSection() {
  const query = useQuery(registriesQuery);
  const [open, setOpen] = useState<Open>(null);
  const mayCheck = useRight("maintain", "somewhere");
  const lack = useLack("view");
  const mayChange = useRight("administer");
  const columns = useMemo(() => columnsFor({ mayCheck, mayChange, onOpen: setOpen }), [mayCheck, mayChange]);
  const close = () => setOpen(null);
  return (
    <Section
      title="Registries"
      actions={
        <RightButton
          needs="administer"
          variant="default"
          leftSection={<Icon name="plus" />}
          onClick={() => setOpen({ type: "add" })}
        >
          Add a registry
        </RightButton>
      }
    >
      <Loaded query={query} what="registries">
        {(registries) =>
          registries.length === 0 && lack !== null ? (
            <Note title={`You do not see registries. ${lack}`} />
          ) : registries.length === 0 ? (
            <EmptyState title="No registries yet">
              <p>
                With read access to a registry, Stagecoach resolves tags to digests and can poll repositories. Without
                it, Stagecoach relies on the digests in webhook deliveries.
              </p>
            </EmptyState>
          ) : (
            <DataTable label="Registries" columns={columns} rows={registries} rowKey={hostOf} rowHeight={58} />
          )
        }
      </Loaded>
      {open?.type === "add" ? <RegistryDialog registry={null} onClose={close} /> : null}
      {open?.type === "edit" ? <RegistryDialog registry={open.registry} onClose={close} /> : null}
      {open?.type === "check" ? <CheckDialog registry={open.registry} onClose={close} /> : null}
      {open?.type === "remove" ? <RemoveRegistryDialog registry={open.registry} onClose={close} /> : null}
    </Section>
  );
}

const hostOf = ({ host }: Registry): string => host;

interface Context {
  mayCheck: boolean;
  mayChange: boolean;
  onOpen: (open: Open) => void;
}

function columnsFor({ mayCheck, mayChange, onOpen }: Context): Column<Registry>[] {
  return [
    {
      key: "host",
      header: "Host",
      cell: (registry) => (
        <>
          <span className={classes.head}>
            {registry.host}
            <StatusBadge quiet status={serverStatus(registry)} />
          </span>
          {registry.plain_http ? <span className={classes.sub}>without TLS</span> : null}
          {registry.last_error ? <span className={classes.sub}>{registry.last_error}</span> : null}
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
          {username ? <span className={classes.sub}>{username}</span> : null}
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
      cell: (registry) => (
        <span className={classes.buttons}>
          {mayCheck ? (
            <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: "check", registry })}>
              Check<span className="sc-unseen"> {registry.host}</span>
            </Button>
          ) : null}
          {mayChange ? (
            <>
              <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: "edit", registry })}>
                Edit<span className="sc-unseen"> {registry.host}</span>
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                onClick={() => onOpen({ type: "remove", registry })}
              >
                Remove<span className="sc-unseen"> {registry.host}</span>
              </Button>
            </>
          ) : null}
        </span>
      ),
    },
  ];
}

function RemoveRegistryDialog({ registry, onClose }: { registry: Registry; onClose: () => void }) {
  const remove = useRemoveRegistry(registry.host);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Remove ${registry.host}?`}
      action={`Remove ${registry.host}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>
        Stagecoach deletes the registry's credential. It still deploys pushed images whose deliveries name a digest. It
        holds back pushes without a digest in environments that require digests.
      </Text>
    </ConfirmDialog>
  );
}
