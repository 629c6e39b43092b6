import { Button, Group } from "@mantine/core";
import type { Cluster } from "@/api/contract";
import { useRight } from "@/api/rights";
import { listed } from "@/lib/words";
import { Icon } from "@/ui/icons";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { reachabilityStatus } from "@/ui/statuses";
import { Time } from "@/ui/time";
import classes from "./clusters.module.css";
import { useProbeCluster } from "./mutations";

interface ClusterCardProps {
  cluster: Cluster;
  onEdit: () => void;
  onRemove: () => void;
}

export function ClusterCard({ cluster, onEdit, onRemove }: ClusterCardProps) {
  const probe = useProbeCluster(cluster.name);
  const mayChange = useRight("administer");
  const missing = probe.data?.missing_rights ?? [];
  return (
    <article className={classes.card} aria-label={cluster.name}>
      <header className={classes.head}>
        <h2 className={classes.name}>{cluster.name}</h2>
        <StatusBadge status={reachabilityStatus[cluster.reachability]} />
      </header>
      <dl className={classes.details}>
        <dt>Address</dt>
        <dd>{cluster.server ? <code>{cluster.server}</code> : "cluster that Stagecoach runs in"}</dd>
        <dt>Version</dt>
        <dd>{cluster.server_version ?? "unknown"}</dd>
        <dt>Last seen</dt>
        <dd>{cluster.last_seen_at ? <Time at={cluster.last_seen_at} /> : "never"}</dd>
        <dt>Used by</dt>
        <dd>{cluster.environments.length > 0 ? listed(cluster.environments) : "no environment"}</dd>
        {Object.keys(cluster.labels).length > 0 ? (
          <>
            <dt>Labels</dt>
            <dd className={classes.labels}>
              {Object.entries(cluster.labels).map(([key, value]) => (
                <code key={key}>
                  {key}={value}
                </code>
              ))}
            </dd>
          </>
        ) : null}
      </dl>
      {cluster.last_error && cluster.reachability !== "reachable" ? <Note tone="bad">{cluster.last_error}</Note> : null}
      {missing.length > 0 ? (
        <Note tone="warn" title="Missing permissions">
          <p>The credential is not allowed to {listed(missing)}.</p>
        </Note>
      ) : null}
      {probe.error ? <ProblemAlert error={probe.error} /> : null}
      <Group gap="xs" mt="auto">
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="refresh" size={14} />}
          loading={probe.isPending}
          onClick={() => probe.mutate()}
        >
          Test connection<span className="sc-unseen"> to {cluster.name}</span>
        </Button>
        {mayChange ? (
          <>
            <Button size="compact-sm" variant="default" onClick={onEdit}>
              Edit<span className="sc-unseen"> {cluster.name}</span>
            </Button>
            <Button size="compact-sm" variant="subtle" color="red" onClick={onRemove}>
              Remove<span className="sc-unseen"> {cluster.name}</span>
            </Button>
          </>
        ) : null}
      </Group>
    </article>
  );
}
