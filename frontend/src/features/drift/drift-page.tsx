import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import type { Divergence, DivergenceKind } from "@/api/contract";
import { RightButton } from "@/connected/right-button";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { ImageRef } from "@/ui/image-ref";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { StatusBadge, type Status } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import classes from "./drift.module.css";
import { driftQuery } from "./queries";

// Loaded on demand: they hold previews.
const AcceptDialog = lazy(async () => ({ default: (await import("./accept-dialog")).AcceptDialog }));
const ConvergeDialog = lazy(async () => ({ default: (await import("./converge-dialog")).ConvergeDialog }));

/** What runs otherwise than its last release, or than on another cluster; from here it can be brought back, or accepted. */
export function DriftPage({ onStarted }: { onStarted: (operation: string) => void }) {
  const query = useQuery(driftQuery);
  const [converging, setConverging] = useState<Divergence | null>(null);
  const [accepting, setAccepting] = useState<Divergence | null>(null);
  const columns = useMemo(() => columnsFor(setConverging, setAccepting), []);
  return (
    <Page
      title="Drift"
      below="Images that were changed without Stagecoach, and clusters of an environment that run different ones."
    >
      <Loaded query={query} what="drift">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No drift">
              <p>Everything has run as its last release says, and alike on all clusters, for the last half a minute.</p>
            </EmptyState>
          ) : (
            <DataTable label="Drift" columns={columns} rows={items} rowKey={({ id }) => id} rowHeight={76} />
          )
        }
      </Loaded>
      {converging ? (
        <Suspense fallback={null}>
          <ConvergeDialog divergence={converging} onClose={() => setConverging(null)} onStarted={onStarted} />
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
};

function columnsFor(
  onConverge: (divergence: Divergence) => void,
  onAccept: (divergence: Divergence) => void,
): Column<Divergence>[] {
  return [
    {
      key: "where",
      header: "Where",
      width: "28%",
      cell: ({ application, environment, workload, container, kind }) => (
        <>
          <Link to="/applications/$application" params={{ application }}>
            {application}
          </Link>{" "}
          in {environment} <StatusBadge quiet status={kindStatus[kind]} />
          <span className={classes.sub}>
            {workload.kind} {workload.name}, {container}
          </span>
        </>
      ),
    },
    { key: "what", header: "Runs", cell: (divergence) => <Found divergence={divergence} /> },
    {
      key: "since",
      header: "Since",
      width: "14%",
      wideOnly: true,
      cell: ({ since }) => <Time at={since} />,
    },
    {
      key: "actions",
      header: <span className="sc-unseen">Actions</span>,
      width: "20%",
      cell: (divergence) => (
        <Group gap="xs">
          <RightButton
            needs="promote"
            at={{ application: divergence.application, environment: divergence.environment }}
            size="compact-sm"
            variant="default"
            blocked={divergence.last_release === 0 ? "There is no release to converge to." : null}
            onClick={() => onConverge(divergence)}
          >
            Converge{" "}
            <span className="sc-unseen">
              {divergence.container} of {divergence.application} in {divergence.environment}
            </span>
          </RightButton>
          <RightButton
            needs="maintain"
            at={{ application: divergence.application, environment: divergence.environment }}
            size="compact-sm"
            variant="default"
            onClick={() => onAccept(divergence)}
          >
            Accept{" "}
            <span className="sc-unseen">
              {divergence.container} of {divergence.application} in {divergence.environment}
            </span>
          </RightButton>
        </Group>
      ),
    },
  ];
}

function Found({ divergence: { found } }: { divergence: Divergence }) {
  return (
    <ul className={classes.found}>
      {found.map(({ cluster, image, expected, manager }) => (
        <li key={cluster}>
          <span className={classes.cluster}>{cluster}</span> <ImageRef image={image} />
          {expected ? (
            <>
              {" "}
              instead of <ImageRef image={expected} />
            </>
          ) : null}
          {manager ? <span className={classes.sub}>written by {manager}</span> : null}
        </li>
      ))}
    </ul>
  );
}
