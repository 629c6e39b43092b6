import { Text } from "@mantine/core";
import type { Cluster } from "@/api/contract";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { useRemoveCluster } from "./mutations";

export function RemoveClusterDialog({ cluster, onClose }: { cluster: Cluster; onClose: () => void }) {
  const remove = useRemoveCluster(cluster.name);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Remove ${cluster.name}?`}
      action={`Remove ${cluster.name}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>
        Stagecoach deletes the cluster's credential and changes nothing on the cluster. You can connect the cluster
        again.
      </Text>
    </ConfirmDialog>
  );
}
