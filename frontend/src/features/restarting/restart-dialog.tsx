import { Button, Group, List, Modal, MultiSelect, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { PromotionPlan, Resource, RestartRequest } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import { RightButton } from "@/connected/right-button";
import { StrategyChoiceFields, useStrategyChoice } from "@/connected/strategy-choice";
import { blockedByGates } from "@/lib/gates";
import { listed } from "@/lib/words";
import { Gates } from "@/ui/gates";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { imagePlanProblems, PlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { previewRestart, startRestart } from "./calls";
import { actionLabel, labelOf, restartsIn } from "./model";

interface RestartDialogProps {
  application: string;
  environment: string;
  /** The workloads that can be restarted. */
  workloads: readonly Resource[];
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews a restart of all workloads, or of some, and starts it. */
export function RestartDialog({ application, environment, workloads, onClose, onStarted }: RestartDialogProps) {
  const [chosen, setChosen] = useState<string[]>([]);
  const choice = useStrategyChoice(environment, [application]);
  const some = workloads.filter((each) => chosen.includes(labelOf(each)));
  const request: RestartRequest = some.length > 0 ? { workloads: some } : {};
  const plan = usePlan({
    request: JSON.stringify(request),
    mode: "automatic",
    preview: (signal) => previewRestart(application, environment, request, signal),
    start: ({ digest }, keyFor) => {
      const exact = { ...request, strategy: choice.strategy, plan_digest: digest };
      return startRestart(application, environment, exact, keyFor(digest));
    },
    onStarted: ({ id }) => onStarted(id),
  });
  return (
    <Modal opened onClose={onClose} size="xl" title={`Restart ${application} in ${environment}`}>
      <Stack gap="md">
        <Text size="sm">
          New pods replace those that run, a few at a time, and read their configuration anew. Nothing else changes.
        </Text>
        <MultiSelect
          label="Workloads"
          placeholder={chosen.length === 0 ? "All workloads" : undefined}
          data={workloads.map(labelOf)}
          value={chosen}
          onChange={setChosen}
          clearable
        />
        <Loaded query={plan.query} what="the plan">
          {(data) => (
            <>
              <Gates gates={data.gates} />
              <PlanProblems problems={imagePlanProblems(data)} />
              <Restarts plan={data} />
            </>
          )}
        </Loaded>
        <StrategyChoiceFields choice={choice} refused={plan.startError} restarts />
        {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RightButton
            needs="promote"
            at={{ application, environment }}
            leftSection={<Icon name="refresh" />}
            loading={plan.starting || plan.query.isFetching}
            blocked={blockedBy(plan.plan) ?? choice.blocked}
            onClick={plan.start}
          >
            {actionLabel(plan.plan)}
          </RightButton>
        </Group>
      </Stack>
    </Modal>
  );
}

function Restarts({ plan }: { plan: PromotionPlan }) {
  const restarts = restartsIn(plan);
  if (restarts.length === 0) return <Note title="No workload would be restarted" />;
  return (
    <List size="sm" aria-label="Workloads that are restarted">
      {restarts.map(({ workload, clusters }) => (
        <List.Item key={workload}>
          <strong>{workload}</strong> on {listed(clusters)}
        </List.Item>
      ))}
    </List>
  );
}

function blockedBy(plan: PromotionPlan | undefined): string | null {
  if (!plan) return "Stagecoach is making the plan.";
  if (plan.blocked) return "Solve the plan's problems first.";
  if (restartsIn(plan).length === 0) return "Nothing would be restarted.";
  return blockedByGates(plan.gates);
}
