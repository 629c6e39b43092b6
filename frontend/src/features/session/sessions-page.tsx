import { Badge, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Session } from "@/api/contract";
import { browserOf } from "@/lib/browsers";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { DataTable, type Column } from "@/ui/data-table";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Time } from "@/ui/time";
import { useEndSession } from "./mutations";
import { sessionsQuery } from "./queries";

/** Where the user is signed in, and the end of each of these sessions. */
export function SessionsPage() {
  const query = useQuery(sessionsQuery);
  const [ending, setEnding] = useState<Session | null>(null);
  const endSession = useEndSession();
  const columns = useMemo(() => sessionColumns(setEnding), []);
  const close = () => {
    setEnding(null);
    endSession.reset();
  };
  return (
    <Page title="Signed-in sessions" below="Browsers that are signed in as you">
      <Loaded query={query} what="sessions">
        {(sessions) => <DataTable label="Sessions" columns={columns} rows={sessions} rowKey={idOf} rowHeight={58} />}
      </Loaded>
      {ending ? (
        <ConfirmDialog
          opened
          onClose={close}
          title="End this session?"
          action="End session"
          onConfirm={() => endSession.mutate(ending.id, { onSuccess: close })}
          pending={endSession.isPending}
          error={endSession.error}
        >
          {browserOf(ending.user_agent)} is signed out at once
          {ending.present ? ": that is this browser" : ""}. Sign-ins that one-time codes of it began end with it.
        </ConfirmDialog>
      ) : null}
    </Page>
  );
}

const idOf = ({ id }: Session): string => id;

const sessionColumns = (onEnd: (session: Session) => void): Column<Session>[] => [
  {
    key: "browser",
    header: "Browser",
    cell: (session) => (
      <>
        {browserOf(session.user_agent)}
        {session.present ? (
          <Badge ml={8} variant="light">
            This one
          </Badge>
        ) : null}
      </>
    ),
  },
  { key: "from", header: "From", wideOnly: true, cell: ({ address }) => address ?? "unknown" },
  { key: "with", header: "Signed in with", wideOnly: true, cell: ({ provider }) => provider ?? "a token or a link" },
  { key: "since", header: "Since", cell: ({ created_at: at }) => <Time at={at} /> },
  { key: "until", header: "Until", wideOnly: true, cell: ({ expires_at: at }) => <Time at={at} /> },
  {
    key: "actions",
    header: <span className="sc-unseen">Actions</span>,
    width: "6rem",
    cell: (session) => (
      <Button
        size="compact-sm"
        variant="default"
        aria-label={`End the session of ${browserOf(session.user_agent)}${session.present ? ", this one" : ""}`}
        onClick={() => onEnd(session)}
      >
        End
      </Button>
    ),
  },
];
