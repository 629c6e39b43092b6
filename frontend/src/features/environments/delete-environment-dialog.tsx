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
        The environment is removed from the order. Its clusters stay registered, and what runs on them is left exactly
        as it is.
      </Text>
    </ConfirmDialog>
  );
}
