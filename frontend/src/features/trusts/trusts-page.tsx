import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Trust } from "@/api/contract";
import { useRight } from "@/api/rights";
import { trustsQuery } from "@/api/subjects";
import { RightButton } from "@/connected/right-button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Time } from "@/ui/time";
import { kinds } from "./model";
import { useDeleteTrust } from "./mutations";
import { TokenBench } from "./token-bench";
import { TrustDialog } from "./trust-dialog";
import classes from "./trusts.module.css";

/** Which CI jobs may exchange their own token, and the bench where one is tried. For administrators only. */
export function TrustsPage() {
  const allowed = useRight("administer");
  const query = useQuery({ ...trustsQuery, enabled: allowed });
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<Trust | null>(null);
  const [editing, setEditing] = useState<Trust | null>(null);
  const columns = useMemo(() => columnsFor(setEditing, setDeleting), []);
  return (
    <Page
      title="Trusts"
      below="CI jobs that act without a stored secret: by the token that their provider signs"
      actions={
        <RightButton needs="administer" leftSection={<Icon name="plus" />} onClick={() => setCreating(true)}>
          New trust
        </RightButton>
      }
    >
      {allowed ? (
        <>
          <Loaded query={query} what="trusts">
            {(trusts) =>
              trusts.length === 0 ? (
                <EmptyState title="No trusts yet">
                  <p>A trust says which CI jobs may act. What they may do is bound to it.</p>
                </EmptyState>
              ) : (
                <DataTable label="Trusts" columns={columns} rows={trusts} rowKey={idOf} rowHeight={78} />
              )
            }
          </Loaded>
          <TokenBench />
        </>
      ) : (
        <EmptyState title="Only for administrators">
          <p>Only users with the right administer can list, create and delete trusts.</p>
        </EmptyState>
      )}
      {creating ? <TrustDialog trust={null} onClose={() => setCreating(false)} /> : null}
      {editing ? <TrustDialog trust={editing} onClose={() => setEditing(null)} /> : null}
      {deleting ? <DeleteTrustDialog trust={deleting} onClose={() => setDeleting(null)} /> : null}
    </Page>
  );
}

const idOf = ({ id }: Trust): string => id;

function columnsFor(onEdit: (trust: Trust) => void, onDelete: (trust: Trust) => void): Column<Trust>[] {
  return [
    {
      key: "name",
      header: "Name",
      cell: (trust) => (
        <>
          {trust.name}
          <span className={classes.sub}>
            {kinds[trust.kind].label}
            {trust.cluster ? `, reviewed by ${trust.cluster}` : ""}
          </span>
        </>
      ),
    },
    {
      key: "claims",
      header: "Admits",
      cell: (trust) => (
        <>
          <ul className={classes.claims}>
            {Object.entries(trust.claims).map(([claim, values]) => (
              <li key={claim}>
                {claim}: {values.join(" or ")}
              </li>
            ))}
          </ul>
          {trust.cautions.map((caution) => (
            <span key={caution} className={classes.sub}>
              <Icon name="warning" size={12} /> {caution}
            </span>
          ))}
        </>
      ),
    },
    {
      key: "used",
      header: "Last used",
      wideOnly: true,
      cell: (trust) => (
        <>
          {trust.last_used_at ? <Time at={trust.last_used_at} /> : "never"}
          {trust.expires_at ? (
            <span className={classes.sub}>
              expires <Time at={trust.expires_at} />
            </span>
          ) : null}
        </>
      ),
    },
    {
      key: "actions",
      header: <span className="sc-unseen">Actions</span>,
      width: "9rem",
      cell: (trust) => (
        <span className={classes.buttons}>
          <Button size="compact-sm" variant="default" aria-label={`Edit ${trust.name}`} onClick={() => onEdit(trust)}>
            Edit
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Delete ${trust.name}`}
            onClick={() => onDelete(trust)}
          >
            Delete
          </Button>
        </span>
      ),
    },
  ];
}

function DeleteTrustDialog({ trust, onClose }: { trust: Trust; onClose: () => void }) {
  const remove = useDeleteTrust(trust.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Delete ${trust.name}?`}
      action={`Delete ${trust.name}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>
        Its jobs are refused from now on, also those that have exchanged a token. What was bound to it is deleted.
        Operations that they started continue. You cannot undo this.
      </Text>
    </ConfirmDialog>
  );
}
