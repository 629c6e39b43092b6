import { Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { PromotionSet } from "@/api/contract";
import { keys } from "@/api/keys";
import { RightButton } from "@/connected/right-button";
import { listed } from "@/lib/words";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Icon } from "@/ui/icons";
import { decideSet, type Decision } from "./calls";
import { hasChanged, isCancelling, notSucceeded, setEnded } from "./model";

type Asked = "undo" | "cancel" | "retry";

/** What a person can decide about all applications of the set at once. Each asks for confirmation. */
export function SetActions({ set, onRollBack }: { set: PromotionSet; onRollBack: () => void }) {
  const [asking, setAsking] = useState<Asked | null>(null);
  const decide = useDecision(set.id);
  const at = { application: set.members[0]?.application ?? "", environment: set.environment };
  const cancelling = isCancelling(set) ? "The set is already being cancelled." : null;
  const left = notSucceeded(set);
  const close = () => {
    setAsking(null);
    decide.reset();
  };
  const dialog = (asked: Asked) => ({
    opened: asking === asked,
    onClose: close,
    pending: decide.isPending,
    error: decide.error,
    onConfirm: () => decide.mutate(asked, { onSuccess: close }),
  });
  return (
    <>
      {setEnded(set) ? (
        <>
          {hasChanged(set) && set.kind === "promotion" ? (
            <RightButton
              needs="promote"
              at={at}
              variant="default"
              leftSection={<Icon name="back" />}
              onClick={onRollBack}
            >
              Roll back
            </RightButton>
          ) : null}
          {left.length > 0 ? (
            <RightButton
              needs="promote"
              at={at}
              leftSection={<Icon name="refresh" />}
              onClick={() => setAsking("retry")}
            >
              Retry
            </RightButton>
          ) : null}
        </>
      ) : (
        <>
          <RightButton
            needs="promote"
            at={at}
            variant="default"
            leftSection={<Icon name="back" />}
            blocked={cancelling}
            onClick={() => setAsking("undo")}
          >
            Roll back now
          </RightButton>
          <RightButton
            needs="promote"
            at={at}
            variant="default"
            leftSection={<Icon name="cross" />}
            blocked={cancelling}
            onClick={() => setAsking("cancel")}
          >
            Cancel set
          </RightButton>
        </>
      )}
      <ConfirmDialog {...dialog("undo")} title="Roll back now?" action="Roll back" dismiss="Keep running">
        <Text>Every application goes back to its former images, on every cluster that the set has changed.</Text>
      </ConfirmDialog>
      <ConfirmDialog {...dialog("cancel")} title="Cancel this set?" action="Cancel set" dismiss="Keep running">
        <Text>
          What has not begun stays unchanged. Every application goes back to its former images on the clusters that were
          changed.
        </Text>
      </ConfirmDialog>
      <ConfirmDialog {...dialog("retry")} title="Retry this set?" action="Retry" destructive={false}>
        <Text>Stagecoach tries {listed(left)} again, with the images that were frozen when the set was started.</Text>
      </ConfirmDialog>
    </>
  );
}

export function useDecision(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (decision: Decision) => decideSet(id, decision),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.promotionSets.all }),
  });
}
