import { Button, Group, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Proposal } from "@/api/contract";
import { itemsOf } from "@/api/pages";
import { HoldMark } from "@/connected/hold-mark";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Link } from "@/ui/link";
import { Loading, Stale } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { proposalStatus } from "@/ui/statuses";
import { Time } from "@/ui/time";
import { approvals, titleOf, waitingFirst } from "./model";
import classes from "./proposals.module.css";
import { proposalsQuery } from "./queries";

interface ProposalsPageProps {
  /** Also those that have ended. */
  all: boolean;
  onAll: (all: boolean) => void;
}

/** The changes that wait for people's approval, and those that did. */
export function ProposalsPage({ all, onAll }: ProposalsPageProps) {
  const waiting = useInfiniteQuery(proposalsQuery("waiting"));
  const every = useInfiniteQuery({ ...proposalsQuery(null), enabled: all });
  const query = all ? every : waiting;
  const error = waiting.error ?? (all ? every.error : null);
  const proposals = all ? joined(itemsOf(waiting.data), itemsOf(every.data)) : itemsOf(waiting.data);
  const retry = () => void Promise.all([waiting.refetch(), ...(all ? [every.refetch()] : [])]);
  return (
    <Page
      title="Proposals"
      below="Changes that people have to approve before they start"
      actions={
        <SegmentedControl
          aria-label="Which proposals"
          data={[
            { value: "waiting", label: "Waiting" },
            { value: "all", label: "All" },
          ]}
          value={all ? "all" : "waiting"}
          onChange={(value) => onAll(value === "all")}
        />
      }
    >
      {error ? (
        proposals ? (
          <Stale error={error} updatedAt={query.dataUpdatedAt} />
        ) : (
          <ProblemAlert error={error} retry={retry} />
        )
      ) : null}
      {!proposals && !error ? <Loading what="proposals" rows={6} /> : null}
      {proposals?.length === 0 ? (
        <EmptyState
          title={all ? "No proposals yet" : "Nothing waits for approval"}
          action={
            all ? null : (
              <Button variant="default" onClick={() => onAll(true)}>
                Show all proposals
              </Button>
            )
          }
        >
          <p>
            Where an environment has an approval policy, changes are proposed in place of being started. They appear
            here.
          </p>
        </EmptyState>
      ) : null}
      {proposals && proposals.length > 0 ? (
        <DataTable label="Proposals" columns={columns} rows={proposals} rowKey={idOf} rowHeight={58} />
      ) : null}
      {query.hasNextPage ? (
        <Group>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load older proposals
          </Button>
        </Group>
      ) : null}
    </Page>
  );
}

const joined = (waiting: Proposal[] | undefined, every: Proposal[] | undefined): Proposal[] | undefined =>
  waiting && every ? waitingFirst(waiting, every) : undefined;

const idOf = ({ id }: Proposal): string => id;

const votesOf = (proposal: Proposal): string => `${approvals(proposal)} of ${proposal.needed}`;

const columns: Column<Proposal>[] = [
  {
    key: "what",
    header: "Change",
    width: "clamp(11rem, 34vw, 34rem)",
    cell: (proposal) => (
      <>
        <Link to="/proposals/$proposal" params={{ proposal: proposal.id }}>
          {titleOf(proposal)}
        </Link>{" "}
        <HoldMark application={proposal.application} environment={proposal.environment} />
        <span className={classes.sub}>
          {proposal.may_vote ? "Your vote is asked for" : (proposal.comment ?? "No reason given")}
        </span>
      </>
    ),
  },
  {
    key: "state",
    header: "State",
    width: "8.5rem",
    cell: (proposal) => (
      <>
        <StatusBadge status={proposalStatus[proposal.state]} hint={proposal.reason} />
        <span className={`${classes.sub} sc-narrow`}>{votesOf(proposal)} approvals</span>
      </>
    ),
  },
  { key: "asker", header: "Proposed by", wideOnly: true, cell: ({ requested_by: by }) => by.name },
  {
    key: "votes",
    header: "Approvals",
    wideOnly: true,
    cell: (proposal) => <span className="sc-numbers">{votesOf(proposal)}</span>,
  },
  {
    key: "until",
    header: "Until",
    wideOnly: true,
    cell: ({ ended_at: ended, expires_at: until }) =>
      ended ? (
        <>
          ended <Time at={ended} />
        </>
      ) : (
        <Time at={until} />
      ),
  },
];
