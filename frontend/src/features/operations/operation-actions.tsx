import { PasswordInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { OperationDetail } from "@/api/contract";
import { listed } from "@/lib/words";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Icon } from "@/ui/icons";
import { RoleButton } from "@/connected/role-button";
import { hasEnded, notGood } from "./model";
import { nested } from "./model-secrets";
import { useCancel, useRetry } from "./mutations";

interface OperationActionsProps {
  operation: OperationDetail;
  state: OperationDetail["state"];
}

/** Cancel while it runs; try again where it did not succeed. Each asks once and says what it will do. */
export function OperationActions({ operation, state }: OperationActionsProps) {
  const [asking, setAsking] = useState<"cancel" | "retry" | null>(null);
  const [values, setValues] = useState<Record<string, string>>({});
  const cancel = useCancel(operation.id);
  const retry = useRetry(operation.id);
  const rest = notGood(operation);
  const erased = operation.secret_names;
  const close = () => {
    setAsking(null);
    setValues({});
    cancel.reset();
    retry.reset();
  };

  const startRetry = () => retry.mutate(nested(values), { onSuccess: close });

  return (
    <>
      {hasEnded(state) ? (
        rest.length > 0 ? (
          <RoleButton needs="operator" leftSection={<Icon name="refresh" />} onClick={() => setAsking("retry")}>
            Retry
          </RoleButton>
        ) : null
      ) : (
        <RoleButton
          needs="operator"
          variant="default"
          leftSection={<Icon name="cross" />}
          blocked={operation.cancel_requested_at ? "It is being cancelled already." : null}
          onClick={() => setAsking("cancel")}
        >
          Cancel the operation
        </RoleButton>
      )}
      <ConfirmDialog
        opened={asking === "cancel"}
        onClose={close}
        title="Cancel this operation?"
        action="Stop it"
        pending={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate(undefined, { onSuccess: close })}
      >
        <Text>
          Clusters that have not begun are left as they are.{" "}
          {operation.on_failure === "roll-back"
            ? "Those under way go back to their former images."
            : "What has been changed stays changed."}
        </Text>
      </ConfirmDialog>
      <ConfirmDialog
        opened={asking === "retry"}
        onClose={close}
        title="Try again?"
        action={`Retry on ${listed(rest)}`}
        destructive={false}
        pending={retry.isPending}
        error={retry.error}
        onConfirm={startRetry}
      >
        <Stack gap="sm">
          <Text>Only the clusters that did not succeed are touched: {listed(rest)}.</Text>
          {erased.length > 0 ? (
            <Text>
              Values that were typed in at the start are needed once more: they were erased when the operation ended.
              Other values than those would be another plan.
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
    </>
  );
}
