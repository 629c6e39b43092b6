import { Button, Checkbox, Group, Modal, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { PromotionSetCreate, PromotionSetPlan } from "@/api/contract";
import { environmentsQuery } from "@/api/environments";
import { keys } from "@/api/keys";
import { usePlan } from "@/api/use-plan";
import { useBreakGlass } from "@/connected/break-glass";
import { ProposalFields, useProposing } from "@/connected/proposing";
import { useRemediesByApplication } from "@/connected/remedies";
import { RightButton } from "@/connected/right-button";
import { StrategyChoiceFields, useStrategyChoice } from "@/connected/strategy-choice";
import { count } from "@/lib/words";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { ProblemAlert } from "@/ui/problem-alert";
import { previewSet, saveGroup, startSet } from "./calls";
import { blockedBecause, gatesBefore, remedied, startLabel } from "./model";
import { groupsQuery } from "./queries";
import { SetPlanView } from "./set-plan";

interface PromoteSetDialogProps {
  /** All applications. */
  known: readonly string[];
  /** Those that are ticked. */
  applications: readonly string[];
  onClose: () => void;
  onStarted: (set: string) => void;
  onProposed: (proposal: string) => void;
}

/** Promotes several applications together: which, from where to where, in which order; the plan; and go. */
export function PromoteSetDialog({ known, applications, onClose, onStarted, onProposed }: PromoteSetDialogProps) {
  const { data: environments = [] } = useQuery(environmentsQuery);
  const { data: groups = [] } = useQuery(groupsQuery);
  const [chosen, setChosen] = useState<string[]>([...applications]);
  const [pair, setPair] = useState<{ source?: string; target?: string }>({});
  const [inTurn, setInTurn] = useState(false);
  const names = environments.map(({ name }) => name);
  const source = pair.source ?? names.at(-2) ?? names[0];
  const target = pair.target ?? names.at(-1);
  const choice = useStrategyChoice(target ?? "", chosen);
  const remediesOf = useRemediesByApplication();
  const places = chosen.map((application) => ({ application, environment: target }));
  const glass = useBreakGlass(places);
  const complete = chosen.length > 0 && source !== undefined && target !== undefined && source !== target;
  const request: PromotionSetCreate = {
    source_environment: source ?? "",
    target_environment: target ?? "",
    applications: chosen,
    order: inTurn ? "one-by-one" : "all-at-once",
    ...remedied(chosen, (application) => remediesOf(application).apply({})),
  };
  const exact = (shown: PromotionSetPlan): PromotionSetCreate => ({
    ...request,
    strategy: choice.draft ? choice.strategy : null,
    plan_digest: shown.digest,
  });
  const plan = usePlan({
    request: JSON.stringify(request),
    mode: "automatic",
    enabled: complete,
    preview: (signal) => previewSet(request, signal),
    start: (shown: PromotionSetPlan, keyFor) => startSet({ ...exact(shown), ...glass.part }, keyFor(shown.digest)),
    onStarted: ({ id }) => onStarted(id),
  });
  const gates = plan.plan ? gatesBefore(plan.plan) : [];
  const proposing = useProposing({
    gates,
    refused: plan.startError,
    change: plan.plan && target ? { environment: target, promotion_set: exact(plan.plan) } : undefined,
    glass,
    onProposed,
    onOutdated: plan.preview,
  });
  const lacking = chosen.map((application) => remediesOf(application).blocked).find((each) => each !== null);
  return (
    <Modal opened onClose={onClose} size="xl" title={`Promote ${count(chosen.length, "application")} together`}>
      <Stack gap="md">
        <Group grow align="flex-start">
          <Select
            label="From"
            allowDeselect={false}
            data={names}
            value={source ?? null}
            onChange={(value) => value && setPair({ ...pair, source: value })}
          />
          <Select
            label="To"
            allowDeselect={false}
            data={names.map((value) => ({ value, label: value, disabled: value === source }))}
            value={target ?? null}
            onChange={(value) => {
              if (value) setPair({ ...pair, target: value });
              choice.setDraft(null);
            }}
          />
        </Group>
        {groups.length > 0 ? (
          <Select
            label="Group"
            placeholder="Choose a group instead"
            data={groups.map(({ name }) => name)}
            value={groups.find((each) => each.applications.join() === chosen.join())?.name ?? null}
            onChange={(name) => {
              const group = groups.find((each) => each.name === name);
              if (group) setChosen(group.applications);
            }}
          />
        ) : null}
        <MultiSelect
          label="Applications"
          description="In the order in which they are changed one by one."
          data={known}
          value={chosen}
          onChange={setChosen}
          searchable
          maxValues={50}
        />
        <Checkbox
          checked={inTurn}
          onChange={(event) => setInTurn(event.currentTarget.checked)}
          label="One application after the other, in this order, instead of all at once"
        />
        {complete ? (
          <Loaded query={plan.query} what="the plan">
            {(shown) => <SetPlanView plan={shown} remediesOf={remediesOf} />}
          </Loaded>
        ) : (
          <Text size="sm" c="dimmed">
            Choose at least one application, and two different environments.
          </Text>
        )}
        {choice.own ? <StrategyChoiceFields choice={choice} refused={plan.startError} /> : null}
        <Text size="sm" c="dimmed">
          It begins in all of them or in none. If one fails on a cluster, all go back
          {choice.own ? " as the strategy says" : " everywhere"}: what is promoted together goes back together.
        </Text>
        {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
        <ProposalFields proposing={proposing} />
        <SaveGroup applications={chosen} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RightButton
            needs="promote"
            at={complete ? places : "somewhere"}
            leftSection={<Icon name="right" />}
            loading={plan.starting || proposing.filing || (complete && plan.query.isFetching)}
            blocked={
              complete
                ? (lacking ?? choice.blocked ?? blockedBecause(plan.plan) ?? proposing.blockedBy(gates))
                : "Choose applications and environments."
            }
            {...proposing.action(plan.plan ? startLabel(plan.plan) : "Promote", plan.start)}
          />
        </Group>
      </Stack>
    </Modal>
  );
}

/** Keeps the chosen applications as a group, under a name. */
function SaveGroup({ applications }: { applications: string[] }) {
  const queryClient = useQueryClient();
  const [name, setName] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (group: string) => saveGroup(group, applications),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.applicationGroups });
      setName(null);
    },
  });
  if (name === null) {
    return (
      <Group>
        <Button variant="subtle" size="compact-sm" disabled={applications.length < 2} onClick={() => setName("")}>
          Save as a group
        </Button>
      </Group>
    );
  }
  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <TextInput
          label="Name of the group"
          placeholder="orders"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button
          variant="default"
          disabled={name.trim() === ""}
          loading={save.isPending}
          onClick={() => save.mutate(name.trim())}
        >
          Save
        </Button>
        <Button variant="subtle" onClick={() => setName(null)}>
          Discard
        </Button>
      </Group>
      {save.error ? <ProblemAlert error={save.error} /> : null}
    </Stack>
  );
}
