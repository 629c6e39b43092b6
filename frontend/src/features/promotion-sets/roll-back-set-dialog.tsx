import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { PromotionSet, PromotionSetPlan, PromotionSetRollback } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import { useRemedies } from "@/connected/remedies";
import { RightButton } from "@/connected/right-button";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { ProblemAlert } from "@/ui/problem-alert";
import { previewSetRollback, startSetRollback } from "./calls";
import { blockedBecause, startLabel } from "./model";
import { SetPlanView } from "./set-plan";

interface RollBackSetDialogProps {
  set: PromotionSet;
  onClose: () => void;
  onStarted: (set: string) => void;
}

/** Takes back what a set changed, in every application: the plan, and go. */
export function RollBackSetDialog({ set, onClose, onStarted }: RollBackSetDialogProps) {
  const [reason, setReason] = useState("");
  const remedies = useRemedies();
  const asked = remedies.apply<PromotionSetRollback>({});
  const plan = usePlan({
    request: JSON.stringify([set.id, asked]),
    mode: "automatic",
    preview: (signal) => previewSetRollback(set.id, asked, signal),
    start: (shown: PromotionSetPlan, keyFor) =>
      startSetRollback(
        set.id,
        { ...asked, plan_digest: shown.digest, reason: reason.trim() || null },
        keyFor(shown.digest),
      ),
    onStarted: ({ id }) => onStarted(id),
  });
  const application = set.members[0]?.application ?? "";
  return (
    <Modal opened onClose={onClose} size="xl" title={`Roll back in ${set.environment}`}>
      <Stack gap="md">
        <Text size="sm">
          Each application gets back what the set replaced, cluster by cluster. Automation leaves these applications
          alone until somebody lifts the holds.
        </Text>
        <Loaded query={plan.query} what="the plan">
          {(shown) => <SetPlanView plan={shown} remediesOf={() => remedies} />}
        </Loaded>
        <TextInput
          label="Reason"
          description="With a reason, the rollback passes freezes."
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RightButton
            needs="promote"
            at={{ application, environment: set.environment }}
            leftSection={<Icon name="back" />}
            loading={plan.starting || plan.query.isFetching}
            blocked={blockedBecause(plan.plan)}
            onClick={plan.start}
          >
            {plan.plan ? startLabel(plan.plan) : "Roll back"}
          </RightButton>
        </Group>
      </Stack>
    </Modal>
  );
}
