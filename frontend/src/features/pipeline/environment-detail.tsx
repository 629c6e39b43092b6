import { useMemo, type ReactNode } from "react";
import type { ApplicationOverview, EnvironmentOverview } from "@/api/contract";
import { ChangeButton } from "@/connected/change-button";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { ImageRef } from "@/ui/image-ref";
import { Link } from "@/ui/link";
import { Section } from "@/ui/page";
import { StatusBadge } from "@/ui/status-badge";
import { healthStatus } from "@/ui/statuses";
import { CustomResources } from "./custom-resources";
import classes from "./environment-detail.module.css";
import { EnvironmentSettings } from "./environment-settings";
import { clusterRows, type ClusterRow } from "./model";

interface EnvironmentDetailProps {
  application: string;
  overview: ApplicationOverview;
  environment: EnvironmentOverview;
  updatedAt: ReactNode;
  onRestart: () => void;
  below: ReactNode;
  children: ReactNode;
}

/** One environment in detail: its workloads on each cluster, its settings, and the content of other features. */
export function EnvironmentDetail(props: EnvironmentDetailProps) {
  const { application, overview, environment, updatedAt, onRestart, below, children } = props;
  const rows = useMemo(() => clusterRows(environment), [environment]);
  return (
    <div className={classes.detail}>
      <div className={classes.main}>
        <Section
          title={`${environment.environment} by cluster`}
          actions={
            <span className={classes.actions}>
              <span className={classes.dim}>updated {updatedAt}</span>
              <Link
                to="/applications/$application/timeline/$environment"
                params={{ application, environment: environment.environment }}
                size="sm"
              >
                Timeline
              </Link>
              <ChangeButton
                needs="promote"
                kind="restart"
                application={application}
                environment={environment.environment}
                size="compact-sm"
                variant="default"
                leftSection={<Icon name="refresh" size={14} />}
                blocked={environment.active_operation ? "An operation is running in this environment." : null}
                onClick={onRestart}
              >
                Restart<span className="sc-unseen"> workloads in {environment.environment}</span>
              </ChangeButton>
            </span>
          }
          id="cluster-by-cluster"
        >
          {rows.length === 0 ? (
            <EmptyState title="No workloads">
              <p>The application has no workloads in this namespace.</p>
            </EmptyState>
          ) : (
            <DataTable label="Workloads by cluster" columns={columns} rows={rows} rowKey={keyOf} rowHeight={58} />
          )}
        </Section>
        <CustomResources environment={environment} />
        {below}
      </div>
      <aside className={classes.beside} aria-label={`More about ${environment.environment}`}>
        <EnvironmentSettings
          key={environment.environment}
          application={application}
          overview={overview}
          environment={environment}
        />
        {children}
      </aside>
    </div>
  );
}

const keyOf = ({ key }: ClusterRow): string => key;

const columns: Column<ClusterRow>[] = [
  {
    key: "workload",
    header: "Workload",
    cell: ({ workload, cluster }) => (
      <>
        <span className={classes.dim}>{workload.kind}</span> {workload.name}
        <span className={classes.narrowCluster}>{cluster}</span>
      </>
    ),
  },
  { key: "cluster", header: "Cluster", wideOnly: true, cell: ({ cluster }) => cluster },
  {
    key: "health",
    header: "Health",
    cell: ({ health }) => (
      <>
        <StatusBadge quiet status={healthStatus[health.health]} />
        {health.desired !== null ? (
          <span className={classes.ready}>
            {health.ready ?? 0} of {health.desired} ready
          </span>
        ) : null}
        {health.message && health.health !== "ready" ? <p className={classes.message}>{health.message}</p> : null}
      </>
    ),
  },
  {
    key: "images",
    header: "Containers",
    width: "44%",
    cell: ({ images }) => (
      <ul className={classes.images}>
        {images.map(({ container, init, image, written, writtenBy }) => (
          <li key={`${init} ${container}`}>
            <span className={classes.container}>
              {container}
              {init ? <span className={classes.dim}> init</span> : null}
            </span>
            <span>
              <ImageRef image={image} copy />
              {written ? (
                <span className={classes.dim}>
                  {" "}
                  its template has <ImageRef image={written} />
                </span>
              ) : null}
              {writtenBy ? <span className={classes.dim}> written by {writtenBy}</span> : null}
            </span>
          </li>
        ))}
      </ul>
    ),
  },
];
