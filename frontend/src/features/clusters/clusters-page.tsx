import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { clustersQuery } from "@/api/clusters";
import type { Cluster } from "@/api/contract";
import { count } from "@/lib/words";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Page } from "@/ui/page";
import { StopControl } from "@/connected/stop-control";
import { RightButton } from "@/connected/right-button";
import { ClusterCard } from "./cluster-card";
import { ClusterDialog } from "./cluster-dialog";
import classes from "./clusters.module.css";
import { leftOutText } from "./model";
import { RemoveClusterDialog } from "./remove-cluster-dialog";

type Open = { type: "connect" } | { type: "edit" | "remove"; cluster: Cluster } | null;

/** The registered clusters with their reachability, version, and the environments that use them. */
export function ClustersPage() {
  const query = useQuery(clustersQuery);
  const [open, setOpen] = useState<Open>(null);
  /** The cluster that was stored last. */
  const [saved, setSaved] = useState<Cluster | null>(null);
  const close = () => setOpen(null);
  const keep = (cluster: Cluster) => {
    setSaved(cluster);
    close();
  };
  return (
    <Page
      title="Clusters"
      below={
        query.data
          ? `${count(query.data.length, "cluster")}. Stagecoach encrypts credentials and never shows them.`
          : null
      }
      actions={
        <RightButton needs="administer" leftSection={<Icon name="plus" />} onClick={() => setOpen({ type: "connect" })}>
          Connect a cluster
        </RightButton>
      }
    >
      {saved && saved.left_out.length > 0 ? (
        <div role="status">
          <Note title={`${saved.name}: only the kubeconfig's current context is stored`}>
            <p>Left out, because it does not use them: {leftOutText(saved.left_out)}.</p>
          </Note>
        </div>
      ) : null}
      <Loaded query={query} what="clusters">
        {(clusters) =>
          clusters.length === 0 ? (
            <EmptyState title="No clusters yet">
              <p>
                Paste or drop a kubeconfig. Stagecoach validates it and tests the connection before it registers the
                cluster.
              </p>
            </EmptyState>
          ) : (
            <>
              <ul className={classes.grid}>
                {clusters.map((cluster) => (
                  <li key={cluster.id}>
                    <ClusterCard
                      cluster={cluster}
                      onEdit={() => setOpen({ type: "edit", cluster })}
                      onRemove={() => setOpen({ type: "remove", cluster })}
                    />
                  </li>
                ))}
              </ul>
              <StopControl kind="cluster" names={clusters.map(({ name }) => name)} />
            </>
          )
        }
      </Loaded>
      {open?.type === "connect" ? <ClusterDialog cluster={null} onClose={close} onSaved={keep} /> : null}
      {open?.type === "edit" ? <ClusterDialog cluster={open.cluster} onClose={close} onSaved={keep} /> : null}
      {open?.type === "remove" ? <RemoveClusterDialog cluster={open.cluster} onClose={close} /> : null}
    </Page>
  );
}
