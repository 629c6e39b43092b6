import { Button } from "@mantine/core";
import { useMemo } from "react";
import type { Token } from "@/api/contract";
import { DataTable, type Column } from "@/ui/data-table";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { isUsable, limitWords, stateOf, tokenStatus } from "./model";
import classes from "./tokens.module.css";

interface ScopedTokenTableProps {
  tokens: readonly Token[];
  readAt: number;
  onRevoke: (token: Token) => void;
}

/** Tokens that act for somebody: what each is limited to, until when, and a button to revoke it. */
export function ScopedTokenTable({ tokens, readAt, onRevoke }: ScopedTokenTableProps) {
  const columns = useMemo(() => columnsFor(readAt, onRevoke), [readAt, onRevoke]);
  return <DataTable label="Tokens" columns={columns} rows={tokens} rowKey={idOf} rowHeight={58} />;
}

const idOf = ({ id }: Token): string => id;

function columnsFor(now: number, onRevoke: (token: Token) => void): Column<Token>[] {
  return [
    {
      key: "name",
      header: "Name",
      cell: (token) => (
        <>
          {token.name}
          <span className={classes.sub}>{limitWords(token)}</span>
        </>
      ),
    },
    {
      key: "state",
      header: "State",
      width: "clamp(8rem, 18vw, 20rem)",
      cell: (token) => (
        <>
          <StatusBadge status={tokenStatus[stateOf(token, now)]} />
          {token.expires_at ? (
            <span className={classes.sub}>
              <Time at={token.expires_at} />
            </span>
          ) : null}
        </>
      ),
    },
    {
      key: "used",
      header: "Last used",
      wideOnly: true,
      cell: ({ last_used_at: at }) => (at ? <Time at={at} /> : "never"),
    },
    {
      key: "revoke",
      header: <span className="sc-unseen">Revoke</span>,
      width: "6.5rem",
      cell: (token) =>
        isUsable(token, now) ? (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Revoke ${token.name}`}
            onClick={() => onRevoke(token)}
          >
            Revoke
          </Button>
        ) : null,
    },
  ];
}
