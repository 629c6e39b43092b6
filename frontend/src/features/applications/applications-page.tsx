import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useState, type Dispatch, type ReactNode, type SetStateAction } from "react";
import type { Hold, Matrix, MatrixRow } from "@/api/contract";
import { holdsQuery } from "@/api/gates";
import { holdsOf } from "@/lib/gates";
import { count } from "@/lib/words";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { LightLink } from "@/ui/light-link";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { RightButton } from "@/connected/right-button";
import { SearchField } from "@/ui/search-field";
import { Time } from "@/ui/time";
import { CreateApplicationDialog } from "./create-application-dialog";
import { MatrixCellView } from "./matrix-cell";
import classes from "./matrix.module.css";
import { heightOf, matching, pageOf } from "./model";
import { matrixQuery } from "./queries";

const NO_ROWS: readonly MatrixRow[] = [];
const nameOf = ({ application }: MatrixRow): string => application;

interface ApplicationsPageProps {
  /** The open dialog, for the applications that are ticked, among all. */
  promoting: ((applications: readonly string[], known: readonly string[]) => ReactNode) | null;
  onPromote: () => void;
  search: string;
  onSearch: (search: string) => void;
  onCreated: (application: string) => void;
}

/** The matrix of applications (rows) and environments (columns) with the images that run. */
export function ApplicationsPage({ search, onSearch, onCreated, promoting, onPromote }: ApplicationsPageProps) {
  const query = useQuery(matrixQuery);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const known = query.data?.items.map(nameOf) ?? [];
  const chosen = known.filter((name) => ticked.has(name));
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title="Applications"
      below={query.data ? <MatrixSummary matrix={query.data} /> : null}
      actions={
        <>
          <SearchField label="Search applications and tags" value={search} onChange={onSearch} />
          <RightButton
            needs="promote"
            at="somewhere"
            variant="default"
            leftSection={<Icon name="right" />}
            onClick={onPromote}
          >
            {chosen.length > 0 ? `Promote ${count(chosen.length, "application")}` : "Promote together"}
          </RightButton>
          <RightButton
            needs="maintain"
            at="new application"
            leftSection={<Icon name="plus" />}
            onClick={() => setCreating(true)}
          >
            New application
          </RightButton>
        </>
      }
    >
      <Loaded query={query} what="applications">
        {(matrix) => (
          <MatrixTable matrix={matrix} search={search} onSearch={onSearch} ticked={ticked} onTicked={setTicked} />
        )}
      </Loaded>
      {promoting?.(chosen, known)}
      <CreateApplicationDialog opened={creating} onClose={() => setCreating(false)} onCreated={onCreated} />
    </Page>
  );
}

function MatrixSummary({ matrix }: { matrix: Matrix }) {
  return (
    <>
      {count(matrix.items.length, "application")} in {count(matrix.environments.length, "environment")}, updated{" "}
      <Time at={matrix.read_at} />
    </>
  );
}

interface MatrixTableProps {
  matrix: Matrix;
  search: string;
  onSearch: (search: string) => void;
  ticked: ReadonlySet<string>;
  onTicked: Dispatch<SetStateAction<ReadonlySet<string>>>;
}

function MatrixTable({ matrix, search, onSearch, ticked, onTicked }: MatrixTableProps) {
  // Deferred, so that filtering the table does not delay typing.
  const filter = useDeferredValue(search);
  const rows = useMemo(() => matching(matrix.items, filter), [matrix.items, filter]);
  // The empty table is painted first and its rows in the next frame, so that neither frame takes long.
  const filled = useDeferredValue(rows, NO_ROWS);
  const rowHeight = useMemo(() => {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    return (row: MatrixRow) => heightOf(row) * rem;
  }, []);
  const { data: holds } = useQuery(holdsQuery);
  const columns = useMemo(
    () => columnsFor(matrix.environments, holds ?? [], ticked, (name) => onTicked((before) => toggled(before, name))),
    [matrix.environments, holds, ticked, onTicked],
  );

  if (matrix.items.length === 0) {
    return (
      <EmptyState title="No applications yet">
        <p>
          An application is a named set of workloads. Create one, then adopt the workloads of a namespace or configure
          new ones.
        </p>
      </EmptyState>
    );
  }
  if (rows.length === 0) {
    return (
      <EmptyState
        title={`No application matches “${filter}”`}
        action={
          <Button variant="default" onClick={() => onSearch("")}>
            Show all applications
          </Button>
        }
      >
        <p>The search covers names, descriptions, workloads and tags.</p>
      </EmptyState>
    );
  }
  return (
    <DataTable
      label="Applications by environment"
      columns={columns}
      rows={filled}
      rowKey={nameOf}
      rowHeight={rowHeight}
      pinFirst
      minWidth={`${11 + matrix.environments.length * 11}rem`}
    />
  );
}

const toggled = (before: ReadonlySet<string>, name: string): ReadonlySet<string> => {
  const after = new Set(before);
  if (!after.delete(name)) after.add(name);
  return after;
};

function columnsFor(
  environments: readonly string[],
  holds: readonly Hold[],
  ticked: ReadonlySet<string>,
  onToggle: (application: string) => void,
): Column<MatrixRow>[] {
  return [
    {
      key: "application",
      header: "Application",
      width: "clamp(8.5rem, 22vw, 18rem)",
      cell: (row) => (
        <ApplicationName row={row} ticked={ticked.has(row.application)} onToggle={() => onToggle(row.application)} />
      ),
    },
    ...environments.map((environment, index) => ({
      key: environment,
      header: <span className={classes.envHead}>{environment}</span>,
      cell: (row: MatrixRow) => {
        const cell = row.cells[index];
        if (!cell) return null;
        const [hold] = holds.length > 0 ? holdsOf(holds, environment, row.application) : [];
        return <MatrixCellView application={row.application} cell={cell} hold={hold} />;
      },
    })),
  ];
}

interface ApplicationNameProps {
  row: MatrixRow;
  /** Whether it is to be promoted together with the others that are ticked. */
  ticked: boolean;
  onToggle: () => void;
}

function ApplicationName({ row, ticked, onToggle }: ApplicationNameProps) {
  return (
    <>
      <input
        type="checkbox"
        className={classes.tick}
        aria-label={`Promote ${row.application} with others`}
        checked={ticked}
        onChange={onToggle}
      />
      <LightLink className={classes.name} href={pageOf(row.application)}>
        {row.application}
      </LightLink>
      {row.description ? <p className={classes.description}>{row.description}</p> : null}
    </>
  );
}
