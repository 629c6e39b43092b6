import { Checkbox, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { Divergence, DivergenceKind } from "@/api/contract";
import { HoldMark } from "@/connected/hold-mark";
import { RightButton } from "@/connected/right-button";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { StatusBadge, type Status } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import { canConverge, convergingOf, isOfImages, sameAppEnvironment, type Converging } from "./converging";
import classes from "./drift.module.css";
import { importingOf, whatDrifted, whereDrifted, type Importing } from "./fields";
import { Found } from "./found";
import { ImportAgain } from "./import-again";
import { driftQuery } from "./queries";
import { SelectionBar } from "./selection-bar";

// Loaded on demand: they hold previews.
const AcceptDialog = lazy(async () => ({ default: (await import("./accept-dialog")).AcceptDialog }));
const ConvergeDialog = lazy(async () => ({ default: (await import("./converge-dialog")).ConvergeDialog }));

interface DriftPageProps {
  onStarted: (operation: string) => void;
  onImport: (importing: Importing) => void;
}

/** What runs otherwise than its last release, or than on another cluster; from here it can be brought back, or accepted. */
export function DriftPage({ onStarted, onImport }: DriftPageProps) {
  const query = useQuery(driftQuery);
  const [converging, setConverging] = useState<Converging | null>(null);
  const [accepting, setAccepting] = useState<Divergence | null>(null);
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const items = query.data?.items ?? [];
  // What has closed meanwhile is selected no more.
  const [first, ...rest] = items.filter(({ id }) => ids.has(id));
  const columns = columnsFor({
    selection: { ids, first, onSelect: (id, on) => setIds((known) => toggled(known, id, on)) },
    onConverge: (divergence) => setConverging(convergingOf([divergence], "these")),
    onAccept: setAccepting,
    onImport,
  });
  const [firstThere = first, ...restThere] = items.filter(
    (each) => first !== undefined && sameAppEnvironment(each, first) && canConverge(each),
  );
  return (
    <Page
      title="Drift"
      below="Images, keys and fields that were changed without Stagecoach, and clusters of an environment that run different images."
    >
      <Loaded query={query} what="drift">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No drift">
              <p>Everything has run as its last release says, and alike on all clusters, for the last half a minute.</p>
            </EmptyState>
          ) : (
            <>
              {first && firstThere ? (
                <SelectionBar
                  selected={[first, ...rest]}
                  all={[firstThere, ...restThere]}
                  onConverge={setConverging}
                  onClear={() => setIds(new Set())}
                />
              ) : null}
              <DataTable label="Drift" columns={columns} rows={items} rowKey={rowKey} rowHeight={76} />
            </>
          )
        }
      </Loaded>
      {converging ? (
        <Suspense fallback={null}>
          <ConvergeDialog converging={converging} onClose={() => setConverging(null)} onStarted={onStarted} />
        </Suspense>
      ) : null}
      {accepting ? (
        <Suspense fallback={null}>
          <AcceptDialog divergence={accepting} onClose={() => setAccepting(null)} />
        </Suspense>
      ) : null}
    </Page>
  );
}

const kindStatus: Record<DivergenceKind, Status> = {
  "image-drift": { label: "Image", tone: "warn", icon: "split" },
  "digest-drift": { label: "Digest", tone: "warn", icon: "split" },
  skew: { label: "Skew", tone: "warn", icon: "split" },
  "key-drift": { label: "Keys", tone: "warn", icon: "split" },
  "field-drift": { label: "Fields", tone: "warn", icon: "split" },
};

const rowKey = ({ id }: Divergence): string => id;

function toggled(ids: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> {
  const changed = new Set(ids);
  if (on) changed.add(id);
  else changed.delete(id);
  return changed;
}

interface Selection {
  ids: ReadonlySet<string>;
  /** One operation is of one app environment: that of the first row that was selected. */
  first: Divergence | undefined;
  onSelect: (id: string, on: boolean) => void;
}

interface Acts {
  selection: Selection;
  onConverge: (divergence: Divergence) => void;
  onAccept: (divergence: Divergence) => void;
  onImport: (importing: Importing) => void;
}

function SelectBox({ divergence, selection }: { divergence: Divergence; selection: Selection }) {
  const { id, application, environment } = divergence;
  const elsewhere = selection.first !== undefined && !sameAppEnvironment(selection.first, divergence);
  const reason = elsewhere ? " (rows of another application or environment are selected)" : "";
  return (
    <Checkbox
      size="xs"
      mt={4}
      aria-label={`Select ${whatDrifted(divergence)} of ${application} in ${environment}${reason}`}
      checked={selection.ids.has(id)}
      disabled={elsewhere || !canConverge(divergence)}
      onChange={(event) => selection.onSelect(id, event.currentTarget.checked)}
    />
  );
}

function columnsFor({ selection, ...acts }: Acts): Column<Divergence>[] {
  return [
    {
      key: "where",
      header: "Where",
      width: "28%",
      cell: (divergence) => (
        <div className={classes.where}>
          <SelectBox divergence={divergence} selection={selection} />
          <Where divergence={divergence} />
        </div>
      ),
    },
    {
      key: "since",
      header: "Since",
      width: "14%",
      wideOnly: true,
      cell: ({ since }) => <Time at={since} />,
    },
    {
      key: "what",
      header: "Differs",
      cell: (divergence) => (
        <div className={classes.what}>
          <Found divergence={divergence} />
          <Actions divergence={divergence} {...acts} />
        </div>
      ),
    },
  ];
}

/** What can be done about it. A release holds images, and brings them back alone; the rest comes back by an import. */
function Actions({ divergence, onConverge, onAccept, onImport }: Omit<Acts, "selection"> & { divergence: Divergence }) {
  const { application, environment } = divergence;
  const at = { application, environment };
  const importing = importingOf(divergence);
  const what = whatDrifted(divergence);
  return (
    <Group gap="xs" className={classes.actions}>
      {isOfImages(divergence) ? (
        <RightButton
          needs="promote"
          at={at}
          size="compact-sm"
          variant="default"
          blocked={canConverge(divergence) ? null : "There is no release to converge to."}
          onClick={() => onConverge(divergence)}
        >
          Converge{" "}
          <span className="sc-unseen">
            {what} of {application} in {environment}
          </span>
        </RightButton>
      ) : null}
      {importing ? <ImportAgain importing={importing} what={what} onImport={onImport} /> : null}
      <RightButton needs="maintain" at={at} size="compact-sm" variant="default" onClick={() => onAccept(divergence)}>
        Accept{" "}
        <span className="sc-unseen">
          {what} of {application} in {environment}
        </span>
      </RightButton>
    </Group>
  );
}

function Where({ divergence }: { divergence: Divergence }) {
  const { application, environment, kind } = divergence;
  return (
    <div>
      <Link to="/applications/$application" params={{ application }}>
        {application}
      </Link>{" "}
      in {environment} <StatusBadge quiet status={kindStatus[kind]} />{" "}
      <HoldMark application={application} environment={environment} />
      <span className={classes.sub}>{whereDrifted(divergence)}</span>
    </div>
  );
}
