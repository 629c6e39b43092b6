import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Token } from "@/api/contract";
import { meQuery } from "@/api/me";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { useCreateMyToken, useRevokeMyToken } from "./mutations";
import { myTokensQuery } from "./queries";
import { ScopedTokenDialog } from "./scoped-token-dialog";
import { ScopedTokenTable } from "./scoped-token-table";

/** The tokens of the person who is signed in, for scripts. */
export function MyTokensPage() {
  const { data: me } = useQuery(meQuery);
  const query = useQuery(myTokensQuery);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const person = me?.kind === "person";
  return (
    <Page
      title="My tokens"
      below="For your scripts: they never hold more than you do, and end when you are disabled"
      actions={
        person ? (
          <Button leftSection={<Icon name="plus" />} onClick={() => setCreating(true)}>
            New token
          </Button>
        ) : null
      }
    >
      {me && !person ? (
        <EmptyState title="Only people have personal tokens">
          <p>You are signed in with an access token. An administrator issues tokens for programs.</p>
        </EmptyState>
      ) : (
        <Loaded query={query} what="tokens">
          {(tokens) =>
            tokens.length === 0 ? (
              <EmptyState title="No tokens yet">
                <p>A token lets a script call the API in your name.</p>
              </EmptyState>
            ) : (
              <ScopedTokenTable tokens={tokens} readAt={query.dataUpdatedAt} onRevoke={setRevoking} />
            )
          }
        </Loaded>
      )}
      {creating ? <CreateMyToken onClose={() => setCreating(false)} /> : null}
      {revoking ? <RevokeMyToken token={revoking} onClose={() => setRevoking(null)} /> : null}
    </Page>
  );
}

function CreateMyToken({ onClose }: { onClose: () => void }) {
  return <ScopedTokenDialog whose="your" create={useCreateMyToken()} onClose={onClose} />;
}

function RevokeMyToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const revoke = useRevokeMyToken(token.id);
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
