import { Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Token } from "@/api/contract";
import { meQuery } from "@/api/me";
import { useRight } from "@/api/rights";
import { count } from "@/lib/words";
import { DataTable } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { RightButton } from "@/connected/right-button";
import { CreateTokenDialog } from "./create-token-dialog";
import { isUsable } from "./model";
import { tokensQuery } from "./queries";
import { RevokeTokenDialog } from "./revoke-token-dialog";
import { tokenColumns } from "./token-columns";
import classes from "./tokens.module.css";

interface TokensPageProps {
  /** Whether revoked and expired tokens are listed, too. */
  all: boolean;
  onAll: (all: boolean) => void;
}

/** The access tokens of people and programs, with role and expiry. For administrators only. */
export function TokensPage({ all, onAll }: TokensPageProps) {
  const allowed = useRight("administer");
  const query = useQuery({ ...tokensQuery, enabled: allowed });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  return (
    <Page
      title="Access tokens"
      below="For people who sign in, and for programs that call the API"
      actions={
        <RightButton needs="administer" leftSection={<Icon name="plus" />} onClick={() => setCreating(true)}>
          New token
        </RightButton>
      }
    >
      {allowed ? (
        <Loaded query={query} what="tokens">
          {(tokens) => (
            <Tokens tokens={tokens} readAt={query.dataUpdatedAt} all={all} onAll={onAll} onRevoke={setRevoking} />
          )}
        </Loaded>
      ) : (
        <EmptyState title="Only for administrators">
          <p>Only users with the right administer can list, create and revoke tokens.</p>
        </EmptyState>
      )}
      {creating ? <CreateTokenDialog onClose={() => setCreating(false)} /> : null}
      {revoking ? <RevokeTokenDialog token={revoking} onClose={() => setRevoking(null)} /> : null}
    </Page>
  );
}

interface TokensProps extends TokensPageProps {
  tokens: readonly Token[];
  readAt: number;
  onRevoke: (token: Token) => void;
}

const idOf = ({ id }: Token): string => id;

function Tokens({ tokens, readAt, all, onAll, onRevoke }: TokensProps) {
  const { data: me } = useQuery(meQuery);
  const usable = useMemo(() => tokens.filter((token) => isUsable(token, readAt)), [tokens, readAt]);
  const columns = useMemo(() => tokenColumns({ now: readAt, me: me?.name, onRevoke }), [readAt, me, onRevoke]);
  const past = tokens.length - usable.length;
  return (
    <>
      <div className={classes.above}>
        <span>{count(usable.length, "valid token")}</span>
        {past > 0 ? (
          <Switch
            label={`Show ${count(past, "revoked or expired token")}`}
            checked={all}
            onChange={(event) => onAll(event.currentTarget.checked)}
          />
        ) : null}
      </div>
      <DataTable label="Tokens" columns={columns} rows={all ? tokens : usable} rowKey={idOf} rowHeight={58} />
    </>
  );
}
