import { Button } from "@mantine/core";
import type { Token } from "@/api/contract";
import type { Column } from "@/ui/data-table";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { isUsable, stateOf, tokenStatus } from "./model";
import classes from "./tokens.module.css";

interface Context {
  now: number;
  /** The name of the token that this session was signed in with. */
  me: string | undefined;
  onRevoke: (token: Token) => void;
}

export function tokenColumns({ now, me, onRevoke }: Context): Column<Token>[] {
  return [
    {
      key: "name",
      header: "Name",
      cell: (token) => (
        <>
          {token.name}
          <span className={classes.sub}>
            {token.role}
            {isUsable(token, now) && token.name === me ? ", used by this session" : ""}
          </span>
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
          <span className={classes.sub}>
            <End token={token} />
          </span>
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
      key: "created",
      header: "Created",
      wideOnly: true,
      cell: ({ created_at: at, created_by: by }) => (
        <>
          <Time at={at} />
          <span className={classes.sub}>by {by}</span>
        </>
      ),
    },
    {
      key: "revoke",
      header: <span className="sc-unseen">Revoke</span>,
      width: "6.5rem",
      cell: (token) =>
        token.revoked_at === null ? (
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

function End({ token: { revoked_at: revoked, expires_at: expires } }: { token: Token }) {
  if (revoked) return <Time at={revoked} />;
  return expires ? <Time at={expires} /> : "does not expire";
}
