import { PasswordInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { OperationDetail } from "@/api/contract";
import { listed } from "@/lib/words";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { notSucceeded } from "./model";
import { nested } from "./model-secrets";
import { useRetry } from "./mutations";

/** Asks before an operation is retried, and for the Secret values that have been erased since. */
export function RetryDialog({ operation, onClose }: { operation: OperationDetail; onClose: () => void }) {
  const [values, setValues] = useState<Record<string, string>>({});
  const retry = useRetry(operation.id);
  const remaining = notSucceeded(operation);
  const erased = operation.secret_names;
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title="Retry this operation?"
      action={`Retry on ${listed(remaining)}`}
      destructive={false}
      pending={retry.isPending}
      error={retry.error}
      onConfirm={() => retry.mutate(nested(values), { onSuccess: onClose })}
    >
      <Stack gap="sm">
        <Text>Stagecoach retries the clusters that did not succeed: {listed(remaining)}.</Text>
        {erased.length > 0 ? (
          <Text>
            Enter the Secret values again: Stagecoach erased them when the operation ended. The values must be the same
            as before, since the retry executes the same plan.
          </Text>
        ) : null}
        {erased.map((key) => (
          <PasswordInput
            key={key}
            label={`Value of ${key}`}
            value={values[key] ?? ""}
            onChange={(event) => {
              const { value } = event.currentTarget;
              setValues((before) => ({ ...before, [key]: value }));
            }}
          />
        ))}
      </Stack>
    </ConfirmDialog>
  );
}
