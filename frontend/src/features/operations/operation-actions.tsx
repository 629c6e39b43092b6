import { PasswordInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { OperationDetail } from "@/api/contract";
import { useClosedGates } from "@/api/gates";
import { beside, gatesFor } from "@/lib/gates";
import { listed } from "@/lib/words";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Icon } from "@/ui/icons";
import { RightButton } from "@/connected/right-button";
import { hasEnded, notSucceeded, rightFor } from "./model";
import { nested } from "./model-secrets";
import { useCancel, useRetry, useUndo } from "./mutations";

interface OperationActionsProps {
  operation: OperationDetail;
  state: OperationDetail["state"];
}

/** Cancel for a running operation, Retry for one that did not succeed. Both ask for confirmation. */
export function OperationActions({ operation, state }: OperationActionsProps) {
  const [asking, setAsking] = useState<"cancel" | "retry" | "undo" | null>(null);
  const [values, setValues] = useState<Record<string, string>>({});
  const cancel = useCancel(operation.id);
  const retry = useRetry(operation.id);
  const undo = useUndo(operation.id);
  const needs = rightFor(operation);
  const at = { application: operation.application, environment: operation.environment };
  const remaining = notSucceeded(operation);
  const erased = operation.secret_names;
  const close = () => {
    setAsking(null);
    setValues({});
    cancel.reset();
    retry.reset();
    undo.reset();
  };

  const startRetry = () => retry.mutate(nested(values), { onSuccess: close });

  return (
    <>
      {hasEnded(state) ? (
        remaining.length > 0 ? (
          <RetryButton operation={operation} onClick={() => setAsking("retry")} />
        ) : null
      ) : (
        <>
          {operation.rings && !operation.pause ? (
            <RightButton
              needs={needs}
              at={at}
              variant="default"
              leftSection={<Icon name="back" />}
              blocked={operation.cancel_requested_at ? "The operation is already being cancelled." : null}
              onClick={() => setAsking("undo")}
            >
              Roll back now
            </RightButton>
          ) : null}
          <RightButton
            needs={needs}
            at={at}
            variant="default"
            leftSection={<Icon name="cross" />}
            blocked={operation.cancel_requested_at ? "The operation is already being cancelled." : null}
            onClick={() => setAsking("cancel")}
          >
            Cancel operation
          </RightButton>
        </>
      )}
      <ConfirmDialog
        opened={asking === "undo"}
        onClose={close}
        title="Roll back now?"
        action="Roll back"
        dismiss="Keep running"
        pending={undo.isPending}
        error={undo.error}
        onConfirm={() => undo.mutate(undefined, { onSuccess: close })}
      >
        <Text>
          Every cluster that this operation has changed goes back to its own former images. Clusters that have not
          started stay unchanged.
        </Text>
      </ConfirmDialog>
      <ConfirmDialog
        opened={asking === "cancel"}
        onClose={close}
        title="Cancel this operation?"
        action="Cancel operation"
        dismiss="Keep running"
        pending={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate(undefined, { onSuccess: close })}
      >
        <Text>
          Clusters that have not started stay unchanged.{" "}
          {operation.on_failure === "roll-back"
            ? "Stagecoach undoes the running clusters: it restores their previous images."
            : "Changes made so far stay."}
        </Text>
      </ConfirmDialog>
      <ConfirmDialog
        opened={asking === "retry"}
        onClose={close}
        title="Retry this operation?"
        action={`Retry on ${listed(remaining)}`}
        destructive={false}
        pending={retry.isPending}
        error={retry.error}
        onConfirm={startRetry}
      >
        <Stack gap="sm">
          <Text>Stagecoach retries the clusters that did not succeed: {listed(remaining)}.</Text>
          {erased.length > 0 ? (
            <Text>
              Enter the Secret values again: Stagecoach erased them when the operation ended. The values must be the
              same as before, since the retry executes the same plan.
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

function RetryButton({ operation, onClick }: { operation: OperationDetail; onClick: () => void }) {
  const { application, environment, kind } = operation;
  const closed = gatesFor(useClosedGates(application, environment), kind);
  return (
    <RightButton
      needs={rightFor(operation)}
      at={{ application, environment }}
      // A retry executes a plan that has been approved already.
      gates={beside("approval", closed)}
      leftSection={<Icon name="refresh" />}
      onClick={onClick}
    >
      Retry
    </RightButton>
  );
}
