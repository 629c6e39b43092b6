import { Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { OperationDetail } from "@/api/contract";
import { stopsQuery } from "@/api/gates";
import { RightButton } from "@/connected/right-button";
import { stillStopped } from "@/lib/gates";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Gates } from "@/ui/gates";
import { Icon } from "@/ui/icons";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { Time } from "@/ui/time";
import { rightFor } from "./model";
import { useContinue, useUndo } from "./mutations";
import { nothingToUndo, standingOf } from "./pause";

interface PausedOperationProps {
  operation: OperationDetail;
  pause: NonNullable<OperationDetail["pause"]>;
}

/** Why an operation is paused and which clusters have what; a person continues or undoes it, or cancels it above. */
export function PausedOperation({ operation, pause }: PausedOperationProps) {
  const { data: stops = [] } = useQuery(stopsQuery);
  const [undoing, setUndoing] = useState(false);
  const proceed = useContinue(operation.id);
  const undo = useUndo(operation.id);
  const stopped = stillStopped(pause.gates, stops);
  const at = { application: operation.application, environment: operation.environment };
  const decided = operation.cancel_requested_at ? "The operation is already being cancelled." : null;
  const close = () => {
    setUndoing(false);
    undo.reset();
  };
  return (
    <section aria-label="Paused">
      <Note
        tone="warn"
        title={
          <>
            Paused <Time at={pause.at} />
          </>
        }
      >
        <p>{standingOf(operation)}</p>
        <Gates gates={pause.gates} />
        <p>The end of a gate continues nothing by itself: a person continues, undoes or cancels the operation.</p>
        {proceed.error ? <ProblemAlert error={proceed.error} /> : null}
        <Group gap="sm">
          <RightButton
            needs={rightFor(operation)}
            at={at}
            leftSection={<Icon name="right" />}
            loading={proceed.isPending}
            blocked={decided ?? stopped}
            onClick={() => proceed.mutate()}
          >
            Continue
          </RightButton>
          <RightButton
            needs={rightFor(operation)}
            at={at}
            variant="default"
            leftSection={<Icon name="back" />}
            blocked={decided ?? nothingToUndo(operation) ?? stopped}
            onClick={() => setUndoing(true)}
          >
            Undo
          </RightButton>
        </Group>
      </Note>
      <ConfirmDialog
        opened={undoing}
        onClose={close}
        title="Undo this operation?"
        action="Undo the operation"
        dismiss="Leave it paused"
        pending={undo.isPending}
        error={undo.error}
        onConfirm={() => undo.mutate(undefined, { onSuccess: close })}
      >
        <Text>
          Every cluster that it has changed gets its previous images back, and the operation ends as cancelled. A freeze
          permits that.
        </Text>
      </ConfirmDialog>
    </section>
  );
}
