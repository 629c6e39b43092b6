import { Button, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Operation, OperationFilter } from "@/api/contract";
import { itemsOf } from "@/api/pages";
import { HoldMark } from "@/connected/hold-mark";
import { HoldNotice } from "@/connected/hold-notice";
import { PutBackButton } from "@/connected/put-back-button";
import { count, listed } from "@/lib/words";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { DirectionBadge } from "@/ui/direction";
import { Link } from "@/ui/link";
import { Loading, Stale } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { kindWords, operationStatus } from "@/ui/statuses";
import { Time, Took } from "@/ui/time";
import { stepsBack, titleOf } from "./model";
import classes from "./operation-list.module.css";
import { operationsQuery } from "./queries";

interface HistoryPageProps {
  filter: OperationFilter;
  environments: readonly string[];
  onFilter: (changes: Partial<OperationFilter>) => void;
  /** Opens the preview of the one step back from an operation. */
  onPutBack: (operation: string) => void;
}

/** All operations, newest first. The page's address contains the filter. */
export function HistoryPage({ filter, environments, onFilter, onPutBack }: HistoryPageProps) {
  const query = useInfiniteQuery(operationsQuery(filter));
  const operations = itemsOf(query.data);
  const filtered = Object.values(filter).some(Boolean);
  const showAll = () => onFilter({ application: undefined, environment: undefined, kind: undefined, state: undefined });
  return (
    <Page
      title="History"
      below={
        <Group gap="0.35rem 1rem">
          <span>All operations on applications, with their actor and result</span>
          {filter.application && filter.environment ? (
            <HoldNotice application={filter.application} environment={filter.environment} named />
          ) : null}
        </Group>
      }
    >
      <Filters filter={filter} environments={environments} onFilter={onFilter} />
      {query.error ? (
        operations ? (
          <Stale error={query.error} updatedAt={query.dataUpdatedAt} />
        ) : (
          <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        )
      ) : null}
      {query.isPending ? <Loading what="operations" rows={8} /> : null}
      {operations?.length === 0 ? (
        <EmptyState
          title={filtered ? "No operation matches the filters" : "No operations yet"}
          action={
            filtered ? (
              <Button variant="default" onClick={showAll}>
                Show all operations
              </Button>
            ) : null
          }
        >
          <p>Imports, promotions, deployments and rollbacks appear here as soon as they are started.</p>
        </EmptyState>
      ) : null}
      {operations && operations.length > 0 ? (
        <DataTable
          label="Operations"
          columns={columnsFor(stepsBack(operations), onPutBack)}
          rows={operations}
          rowKey={idOf}
          rowHeight={58}
        />
      ) : null}
      {query.hasNextPage ? (
        <Group>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load older operations
          </Button>
        </Group>
      ) : null}
    </Page>
  );
}

function Filters({ filter, environments, onFilter }: Omit<HistoryPageProps, "onPutBack">) {
  return (
    <div className={classes.filters}>
      <ApplicationFilter value={filter.application ?? ""} onChange={(application) => onFilter({ application })} />
      <Select
        aria-label="Environment"
        placeholder="Any environment"
        clearable
        data={[...environments]}
        value={filter.environment ?? null}
        onChange={(environment) => onFilter({ environment: environment ?? undefined })}
      />
      <Select
        aria-label="Kind"
        placeholder="Any kind"
        clearable
        data={Object.entries(kindWords).map(([value, label]) => ({ value, label }))}
        value={filter.kind ?? null}
        onChange={(kind) => onFilter({ kind: (kind as OperationFilter["kind"]) ?? undefined })}
      />
      <Select
        aria-label="State"
        placeholder="Any state"
        clearable
        data={Object.entries(operationStatus).map(([value, { label }]) => ({ value, label }))}
        value={filter.state ?? null}
        onChange={(state) => onFilter({ state: (state as OperationFilter["state"]) ?? undefined })}
      />
    </div>
  );
}

const idOf = ({ id }: Operation): string => id;

const TYPING_PAUSE = 350;

/** Filters by the full name of an application, once typing pauses. */
function ApplicationFilter({
  value,
  onChange,
}: {
  value: string;
  onChange: (application: string | undefined) => void;
}) {
  // The text that is not in the address yet.
  const [draft, setDraft] = useState<string | null>(null);
  const commit = useDebouncedCallback((text: string) => {
    onChange(text.trim() || undefined);
    setDraft(null);
  }, TYPING_PAUSE);
  const type = (text: string) => {
    setDraft(text);
    commit(text);
  };
  return (
    <TextInput
      aria-label="Application"
      placeholder="Any application"
      value={draft ?? value}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}

/** `back`: the operations from which a step back is offered. */
function columnsFor(back: ReadonlySet<string>, onPutBack: (operation: string) => void): Column<Operation>[] {
  const wayBack = ({ id, application, environment }: Operation) =>
    back.has(id) ? (
      <PutBackButton operation={id} application={application} environment={environment} onPutBack={onPutBack} />
    ) : null;
  return [
    {
      key: "what",
      header: "Operation",
      width: "clamp(11rem, 60vw - 22rem, 34rem)",
      cell: (operation) => (
        <>
          <Link to="/operations/$operation" params={{ operation: operation.id }}>
            {titleOf(operation)}
          </Link>{" "}
          {operation.downgrade ? <DirectionBadge direction="downgrade" /> : null}{" "}
          <HoldMark application={operation.application} environment={operation.environment} />
          <span className={classes.sub}>
            {listed(operation.clusters.slice(0, 4).map(({ cluster }) => cluster))}
            {operation.clusters.length > 4 ? ` and ${count(operation.clusters.length - 4, "more", "more")}` : ""}
          </span>
          <div className={`${classes.back} sc-narrow`}>{wayBack(operation)}</div>
        </>
      ),
    },
    {
      key: "state",
      header: "State",
      width: "8.5rem",
      cell: ({ state, message, created_at: at }) => (
        <>
          <StatusBadge status={operationStatus[state]} hint={message} />
          <span className={`${classes.sub} sc-narrow`}>
            <Time at={at} />
          </span>
        </>
      ),
    },
    { key: "actor", header: "By", wideOnly: true, cell: ({ actor }) => actor },
    { key: "when", header: "Started", wideOnly: true, cell: ({ created_at: at }) => <Time at={at} /> },
    {
      key: "back",
      header: <span className="sc-unseen">Way back</span>,
      wideOnly: true,
      width: "14rem",
      cell: wayBack,
    },
    {
      key: "took",
      header: "Duration",
      wideOnly: true,
      cell: ({ started_at: from, ended_at: to }) => (from ? <Took from={from} to={to} /> : "not started"),
    },
  ];
}
