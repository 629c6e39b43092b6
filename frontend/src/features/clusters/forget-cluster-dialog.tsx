import { Text } from "@mantine/core";
import type { Cluster } from "@/api/contract";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { useForgetCluster } from "./mutations";

export function ForgetClusterDialog({ cluster, onClose }: { cluster: Cluster; onClose: () => void }) {
  const forget = useForgetCluster(cluster.name);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Forget ${cluster.name}?`}
      action={`Forget ${cluster.name}`}
      pending={forget.isPending}
      error={forget.error}
      onConfirm={() => forget.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>Its credential is erased. Nothing is changed on the cluster, and it can be connected again.</Text>
    </ConfirmDialog>
  );
}
