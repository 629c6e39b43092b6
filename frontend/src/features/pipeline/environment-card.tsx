import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import type { ContainerOverview, EnvironmentOverview, WorkloadOverview } from "@/api/contract";
import { levelSearch } from "@/lib/level";
import { listed } from "@/lib/words";
import { FollowBadge } from "@/ui/follow-badge";
import { Icon } from "@/ui/icons";
import { ImageRef } from "@/ui/image-ref";
import { Link } from "@/ui/link";
import { type Status, StatusBadge } from "@/ui/status-badge";
import { healthStatus } from "@/ui/statuses";
import { CustomInCard } from "./custom-resources";
import { healthGroups, runningImages } from "./model";
import classes from "./pipeline.module.css";

interface EnvironmentCardProps {
  number: number;
  environment: EnvironmentOverview;
  selected: boolean;
  onSelect: () => void;
  /** The pushed images that are offered here, and what automation cannot bring. */
  pushed: ReactNode;
  /** What is closed here for changes by people. */
  gates: ReactNode;
  /** Who holds automation off, and why. */
  holds: ReactNode;
  /** The keys that the environment before it has, and this one lacks. */
  missing: ReactNode;
  /** The one step back from the last operation. */
  back: ReactNode;
}

/** An environment in the pipeline: its clusters, and the images that run on them by container. */
export function EnvironmentCard({
  number,
  environment,
  selected,
  onSelect,
  gates,
  holds,
  pushed,
  missing,
  back,
}: EnvironmentCardProps) {
  return (
    <section
      className={classes.card}
      data-selected={selected || undefined}
      data-empty={!environment.configured || undefined}
      aria-label={environment.environment}
    >
      <UnstyledButton
        className={classes.head}
        onClick={onSelect}
        aria-pressed={selected}
        aria-label={`Show ${environment.environment}`}
      >
        <span className={classes.rank} aria-hidden="true">
          {number}
        </span>
        <span className={classes.envName}>{environment.environment}</span>
        {environment.configured ? <StatusBadge status={healthStatus[environment.health]} /> : null}
      </UnstyledButton>
      <p className={classes.details}>
        {environment.namespace ? <code>{environment.namespace}</code> : <span>no namespace</span>}
        {environment.follow ? (
          <FollowBadge follow={environment.follow} />
        ) : (
          <span className={classes.mode}>
            <Icon name={environment.deploy_mode === "auto" ? "auto" : "hand"} size={13} />
            {environment.deploy_mode === "auto" ? "automatic" : "manual"}
          </span>
        )}
        {environment.divergences.some(({ kind }) => kind !== "skew") ? (
          <Link to="/drift" className={classes.drift}>
            <StatusBadge quiet status={{ label: "Drift", tone: "warn", icon: "split" }} />
          </Link>
        ) : null}
        {environment.skew ? <StatusBadge quiet status={{ label: "Skew", tone: "warn", icon: "split" }} /> : null}
      </p>
      <Clusters environment={environment} />
      {environment.active_operation ? (
        <Link
          className={classes.underway}
          to="/operations/$operation"
          params={{ operation: environment.active_operation }}
        >
          <Icon name="clock" size={14} /> An operation is running
        </Link>
      ) : null}
      {gates}
      {holds ? <div className={classes.holds}>{holds}</div> : null}
      {pushed}
      {missing}
      {back}
      {environment.configured ? (
        <ul className={classes.workloads}>
          {environment.workloads.map((workload) => (
            <WorkloadView key={`${workload.resource.kind}/${workload.resource.name}`} workload={workload} />
          ))}
        </ul>
      ) : (
        <p className={classes.empty}>Not configured</p>
      )}
      <CustomInCard environment={environment} />
    </section>
  );
}

const notResponding: Status = { label: "Not responding", tone: "bad", icon: "unplug" };
const unread: Partial<Record<string, Status>> = {
  "cluster-not-read-yet": { label: "Being read", tone: "busy", icon: "spin" },
  "namespace-not-given": { label: "Namespace taken back", tone: "warn", icon: "lock" },
};

function Clusters({ environment }: { environment: EnvironmentOverview }) {
  return (
    <ul className={classes.clusters} aria-label={`Clusters of ${environment.environment}`}>
      {environment.clusters.map(({ cluster, reachable, code, error, health, lacks }) => (
        <li key={cluster} className={classes.cluster}>
          <Icon name="server" size={13} />
          <span className={classes.clusterName}>{cluster}</span>
          {reachable ? (
            environment.configured && <StatusBadge quiet status={healthStatus[health]} />
          ) : (
            <StatusBadge quiet status={unread[code ?? ""] ?? notResponding} hint={error} />
          )}
          {lacks.length > 0 ? (
            <Link
              to="/environments"
              search={levelSearch(environment.environment, cluster)}
              title={`It lacks ${listed(lacks.map(({ kind, name }) => `${kind} ${name}`))}`}
              className={classes.drift}
            >
              Bring it level<span className="sc-unseen">: {cluster}</span>
            </Link>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function WorkloadView({ workload }: { workload: WorkloadOverview }) {
  const unhealthy = healthGroups(workload).filter(({ health }) => health !== "ready");
  return (
    <li className={classes.workload}>
      <p className={classes.workloadName}>
        <span className={classes.kind}>{workload.resource.kind}</span> {workload.resource.name}
      </p>
      <ul className={classes.containers}>
        {workload.containers.map((container) => (
          <ContainerView key={`${container.init} ${container.name}`} container={container} />
        ))}
      </ul>
      {unhealthy.map((group) => (
        <p key={`${group.health} ${group.reason}`} className={classes.trouble}>
          <StatusBadge quiet status={healthStatus[group.health]} hint={group.message} />
          {group.reason && group.reason !== healthStatus[group.health].label ? <span>{group.reason}</span> : null}
          <span className={classes.dim}>on {listed(group.clusters)}</span>
        </p>
      ))}
    </li>
  );
}

function ContainerView({ container }: { container: ContainerOverview }) {
  const images = runningImages(container);
  return (
    <li className={classes.container}>
      <span className={classes.containerName}>
        {container.name}
        {container.init ? <span className={classes.dim}> init</span> : null}
      </span>
      <span className={classes.images}>
        {images.map(({ image, clusters }) => (
          <span key={image.reference} className={classes.running}>
            <ImageRef image={image} />
            {images.length > 1 ? <span className={classes.dim}>on {listed(clusters)}</span> : null}
          </span>
        ))}
        {images.length === 0 ? <span className={classes.dim}>unknown</span> : null}
      </span>
    </li>
  );
}
