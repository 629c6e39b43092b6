import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { PromotionSet, PromotionSetPlan, PromotionSetRollback } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import { useRemedies } from "@/connected/remedies";
import { RightButton } from "@/connected/right-button";
import { RollBackFields, useRollBackReason } from "@/connected/roll-back-fields";
import { StrategyChoiceFields, useStrategyChoice } from "@/connected/strategy-choice";
import { blockedByFreeze } from "@/lib/gates";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { ProblemAlert } from "@/ui/problem-alert";
import { previewSetRollback, startSetRollback } from "./calls";
import { blockedBecause, gatesBefore, startLabel, strategyOf } from "./model";
import { SetPlanView } from "./set-plan";

interface RollBackSetDialogProps {
  set: PromotionSet;
  onClose: () => void;
  onStarted: (set: string) => void;
}

/** Takes back what a set changed, in every application: the plan, and go. */
export function RollBackSetDialog({ set, onClose, onStarted }: RollBackSetDialogProps) {
  const rollingBack = useRollBackReason();
  const remedies = useRemedies();
  const asked = remedies.apply<PromotionSetRollback>({});
  const application = set.members[0]?.application ?? "";
  const choice = useStrategyChoice(
    set.environment,
    set.members.map((each) => each.application),
  );
  const plan = usePlan({
    request: JSON.stringify([set.id, asked]),
    mode: "automatic",
    preview: (signal) => previewSetRollback(set.id, asked, signal),
    start: (shown: PromotionSetPlan, keyFor) =>
      startSetRollback(
        set.id,
        {
          ...asked,
          strategy: choice.draft ? choice.strategy : null,
          plan_digest: shown.digest,
          ...rollingBack.part,
        },
        keyFor(shown.digest),
      ),
    onStarted: ({ id }) => onStarted(id),
  });
  const gates = plan.plan ? gatesBefore(plan.plan) : [];
  return (
    <Modal opened onClose={onClose} size="xl" title={`Roll back in ${set.environment}`}>
      <Stack gap="md">
        <Text size="sm">Each application gets back what the set replaced, cluster by cluster.</Text>
        <Loaded query={plan.query} what="the plan">
          {(shown) => <SetPlanView plan={shown} remediesOf={() => remedies} otherStrategy={choice.draft !== null} />}
        </Loaded>
        {choice.own ? (
          <StrategyChoiceFields choice={choice} planned={strategyOf(plan.query.data)} refused={plan.startError} />
        ) : null}
        <RollBackFields rollingBack={rollingBack} gates={gates} refused={plan.startError} />
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
            blocked={choice.blocked ?? blockedBecause(plan.plan) ?? blockedByFreeze(gates, rollingBack.reason)}
            onClick={plan.start}
          >
            {plan.plan ? startLabel(plan.plan) : "Roll back"}
          </RightButton>
        </Group>
      </Stack>
    </Modal>
  );
}
