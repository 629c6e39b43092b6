import { Text } from "@mantine/core";
import type { Environment } from "@/api/contract";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { useDeleteEnvironment } from "./mutations";

export function DeleteEnvironmentDialog({ environment, onClose }: { environment: Environment; onClose: () => void }) {
  const remove = useDeleteEnvironment(environment.name);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Remove ${environment.name}?`}
      action={`Remove ${environment.name}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>
        Stagecoach removes the environment from the pipeline. Its clusters stay registered, and their workloads keep
        running.
      </Text>
    </ConfirmDialog>
  );
}
