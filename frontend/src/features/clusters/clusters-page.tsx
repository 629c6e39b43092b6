import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { clustersQuery } from "@/api/clusters";
import type { Cluster } from "@/api/contract";
import { count } from "@/lib/words";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { RoleButton } from "@/connected/role-button";
import { ClusterCard } from "./cluster-card";
import { ClusterDialog } from "./cluster-dialog";
import classes from "./clusters.module.css";
import { RemoveClusterDialog } from "./remove-cluster-dialog";

type Open = { type: "connect" } | { type: "edit" | "remove"; cluster: Cluster } | null;

/** The registered clusters with their reachability, version, and the environments that use them. */
export function ClustersPage() {
  const query = useQuery(clustersQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <Page
      title="Clusters"
      below={
        query.data
          ? `${count(query.data.length, "cluster")}. Stagecoach encrypts credentials and never shows them.`
          : null
      }
      actions={
        <RoleButton needs="admin" leftSection={<Icon name="plus" />} onClick={() => setOpen({ type: "connect" })}>
          Connect a cluster
        </RoleButton>
      }
    >
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
          )
        }
      </Loaded>
      {open?.type === "connect" ? <ClusterDialog cluster={null} onClose={close} /> : null}
      {open?.type === "edit" ? <ClusterDialog cluster={open.cluster} onClose={close} /> : null}
      {open?.type === "remove" ? <RemoveClusterDialog cluster={open.cluster} onClose={close} /> : null}
    </Page>
  );
}
