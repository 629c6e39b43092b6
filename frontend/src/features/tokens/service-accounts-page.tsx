import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { ServiceAccount, Token } from "@/api/contract";
import { useRight } from "@/api/rights";
import { accountsQuery } from "@/api/subjects";
import { asProblem } from "@/api/problem";
import { RightButton } from "@/connected/right-button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Page, Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import {
  useCreateAccount,
  useCreateAccountToken,
  useDeleteAccount,
  useDisableAccount,
  useRevokeAccountToken,
} from "./mutations";
import { accountTokensQuery } from "./queries";
import { ScopedTokenDialog } from "./scoped-token-dialog";
import { ScopedTokenTable } from "./scoped-token-table";

/** Programs that act by tokens of their own: all for administrators, else those that the user owns. */
export function ServiceAccountsPage() {
  const query = useQuery(accountsQuery);
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title="Service accounts"
      below="Programs that act by tokens of their own, with what is bound to them"
      actions={
        <RightButton needs="administer" leftSection={<Icon name="plus" />} onClick={() => setCreating(true)}>
          New service account
        </RightButton>
      }
    >
      <Loaded query={query} what="service accounts">
        {(accounts) =>
          accounts.length === 0 ? (
            <EmptyState title="No service accounts">
              <p>An administrator creates them. You see those that you own.</p>
            </EmptyState>
          ) : (
            accounts.map((account) => <Account key={account.id} account={account} />)
          )
        }
      </Loaded>
      {creating ? <CreateAccount onClose={() => setCreating(false)} /> : null}
    </Page>
  );
}

type Open = "token" | "delete" | Token | null;

function Account({ account }: { account: ServiceAccount }) {
  const mayChange = useRight("administer");
  const tokens = useQuery(accountTokensQuery(account.id));
  const disable = useDisableAccount(account.id);
  const [open, setOpen] = useState<Open>(null);
  const disabled = account.disabled_at !== null;
  const close = () => setOpen(null);
  return (
    <Section
      title={account.name}
      actions={
        <Group gap="xs">
          {mayChange ? (
            <>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`${disabled ? "Enable" : "Disable"} ${account.name}`}
                loading={disable.isPending}
                onClick={() => disable.mutate(!disabled)}
              >
                {disabled ? "Enable" : "Disable"}
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`Delete ${account.name}`}
                onClick={() => setOpen("delete")}
              >
                Delete
              </Button>
            </>
          ) : null}
          <Button
            size="compact-sm"
            variant="default"
            disabled={disabled}
            aria-label={`New token of ${account.name}`}
            onClick={() => setOpen("token")}
          >
            New token
          </Button>
        </Group>
      }
    >
      <Text size="sm" c="dimmed">
        {account.description ? `${account.description}. ` : ""}Owned by {account.owner.name}.
        {disabled ? " Disabled: its tokens are refused." : ""}
      </Text>
      {disable.error ? <ProblemAlert error={disable.error} /> : null}
      <Loaded query={tokens} what="tokens">
        {(listed) =>
          listed.length === 0 ? (
            <Text size="sm">It has no tokens.</Text>
          ) : (
            <ScopedTokenTable tokens={listed} readAt={tokens.dataUpdatedAt} onRevoke={setOpen} />
          )
        }
      </Loaded>
      {open === "token" ? <CreateAccountToken account={account} onClose={close} /> : null}
      {open === "delete" ? <DeleteAccount account={account} onClose={close} /> : null}
      {open !== null && typeof open === "object" ? (
        <RevokeAccountToken account={account} token={open} onClose={close} />
      ) : null}
    </Section>
  );
}

function CreateAccountToken({ account, onClose }: { account: ServiceAccount; onClose: () => void }) {
  return <ScopedTokenDialog whose={`${account.name}'s`} create={useCreateAccountToken(account.id)} onClose={onClose} />;
}

function CreateAccount({ onClose }: { onClose: () => void }) {
  const create = useCreateAccount();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ name: name.trim(), description: description.trim() }, { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} title="New service account">
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Shown in the history as the actor"
            required
            maxLength={100}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={create.error ? asProblem(create.error).messageFor("name") : undefined}
          />
          <TextInput
            label="Description"
            maxLength={500}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          {create.error ? <ProblemAlert error={create.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create service account
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function DeleteAccount({ account, onClose }: { account: ServiceAccount; onClose: () => void }) {
  const remove = useDeleteAccount(account.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Delete ${account.name}?`}
      action={`Delete ${account.name}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>
        Stagecoach refuses its tokens from now on, and deletes what was bound to it. Operations that it started
        continue. You cannot undo this.
      </Text>
    </ConfirmDialog>
  );
}

function RevokeAccountToken({
  account,
  token,
  onClose,
}: {
  account: ServiceAccount;
  token: Token;
  onClose: () => void;
}) {
  const revoke = useRevokeAccountToken(account.id, token.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Revoke ${token.name}?`}
      action={`Revoke ${token.name}`}
      pending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>Stagecoach refuses the token from now on. You cannot undo this.</Text>
    </ConfirmDialog>
  );
}
