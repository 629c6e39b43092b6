import { Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { OperationDetail } from "@/api/contract";
import { useClosedGates } from "@/api/gates";
import { beside, gatesFor } from "@/lib/gates";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Icon } from "@/ui/icons";
import { RightButton } from "@/connected/right-button";
import { hasEnded, notSucceeded, rightFor } from "./model";
import { useCancel, useUndo } from "./mutations";
import { RetryDialog } from "./retry-dialog";

interface OperationActionsProps {
  operation: OperationDetail;
  state: OperationDetail["state"];
}

/** Cancel and roll back for a running operation, Retry for one that did not succeed. All ask for confirmation. */
export function OperationActions({ operation, state }: OperationActionsProps) {
  const [asking, setAsking] = useState<"cancel" | "retry" | "undo" | null>(null);
  const close = () => setAsking(null);
  const stopping = {
    needs: rightFor(operation),
    at: { application: operation.application, environment: operation.environment },
    variant: "default",
    blocked: operation.cancel_requested_at ? "The operation is already being cancelled." : null,
  } as const;
  return (
    <>
      {hasEnded(state) ? (
        notSucceeded(operation).length > 0 ? (
          <RetryButton operation={operation} onClick={() => setAsking("retry")} />
        ) : null
      ) : (
        <>
          {operation.rings && !operation.pause ? (
            <RightButton {...stopping} leftSection={<Icon name="back" />} onClick={() => setAsking("undo")}>
              Roll back now
            </RightButton>
          ) : null}
          <RightButton {...stopping} leftSection={<Icon name="cross" />} onClick={() => setAsking("cancel")}>
            Cancel operation
          </RightButton>
        </>
      )}
      {asking === "undo" ? (
        <StopDialog title="Roll back now?" action="Roll back" stop={useUndo} id={operation.id} onClose={close}>
          Every cluster that this operation has changed goes back to its own former images. Clusters that have not
          started stay unchanged.
        </StopDialog>
      ) : null}
      {asking === "cancel" ? (
        <StopDialog
          title="Cancel this operation?"
          action="Cancel operation"
          stop={useCancel}
          id={operation.id}
          onClose={close}
        >
          Clusters that have not started stay unchanged.{" "}
          {operation.on_failure === "roll-back"
            ? "Every cluster that it has changed gets its previous images back, also where it has succeeded."
            : "Changes made so far stay."}
        </StopDialog>
      ) : null}
      {asking === "retry" ? <RetryDialog operation={operation} onClose={close} /> : null}
    </>
  );
}

interface StopDialogProps {
  id: string;
  title: string;
  action: string;
  /** What ends the operation: always the same hook. */
  stop: typeof useCancel;
  onClose: () => void;
  /** What becomes of the clusters. */
  children: ReactNode;
}

function StopDialog({ id, title, action, stop: useStop, onClose, children }: StopDialogProps) {
  const stop = useStop(id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={title}
      action={action}
      dismiss="Keep running"
      pending={stop.isPending}
      error={stop.error}
      onConfirm={() => stop.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>{children}</Text>
    </ConfirmDialog>
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
