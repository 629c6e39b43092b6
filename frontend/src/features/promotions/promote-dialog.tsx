import { Button, Group, Modal, Select, Stack } from "@mantine/core";
import { useState } from "react";
import type { PromotionPlan, PromotionRequest, Strategy } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import type { KeyFor } from "@/api/use-start";
import { useBreakGlass, type BreakGlassPart } from "@/connected/break-glass";
import { ProposalFields, useProposing } from "@/connected/proposing";
import { ChosenRemedies, useRemedies } from "@/connected/remedies";
import { RightButton } from "@/connected/right-button";
import { StrategyChoiceFields, useStrategyChoice } from "@/connected/strategy-choice";
import { differingFirst, whyNothing } from "@/lib/images-plan";
import { leavesOut, type Remedy } from "@/lib/remedies";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { ProblemAlert } from "@/ui/problem-alert";
import { previewPromotion, startPromotion } from "./calls";
import {
  actionLabel,
  deselectedIn,
  isPartial,
  requestFor,
  type Choices,
  type OfferedImage,
  type PromotionOptions,
} from "./model";
import { PromotionPlanView, type Options } from "./promotion-plan-view";

interface PromoteDialogProps {
  application: string;
  source: string;
  target: string;
  /** The configured environments; one that deploys automatically cannot be chosen. */
  targets: { environment: string; auto: boolean; earlier: boolean }[];
  /** Pushed images that are offered in the target: they may be newer than what the source runs. */
  offered: readonly OfferedImage[];
  onTarget: (target: string) => void;
  onClose: () => void;
  onStarted: (operation: string) => void;
  onProposed: (proposal: string) => void;
}

/** Previews a promotion and starts it. */
export function PromoteDialog(props: PromoteDialogProps) {
  const { application, source, target, targets, offered, onTarget, onClose, onStarted, onProposed } = props;
  const [choices, setChoices] = useState<Choices>(new Map());
  const [options, setOptions] = useState<Options>({
    sourceCluster: null,
    allow: [],
  });
  const remedies = useRemedies();
  const choice = useStrategyChoice(target, [application]);
  const glass = useBreakGlass({ application, environment: target });
  const { whole, exact, deselected, request } = usePromotionPlans({ source, target, ...options }, choices, {
    application,
    strategy: choice.strategy,
    apply: remedies.apply,
    glass: glass.part,
    onStarted,
  });
  const proposing = useProposing({
    gates: exact.plan?.gates,
    refused: exact.startError,
    change: request && { application, environment: target, promotion: request },
    glass,
    onProposed,
    onOutdated: () => {
      whole.preview();
      if (exact !== whole) exact.preview();
    },
  });

  const latest = useLatest(exact.plan);
  const none = deselected.size > 0 && whole.plan && !isAnyChosen(whole.plan, deselected);
  const judged = none || latest?.target_environment !== target ? undefined : latest;

  const toggle = (key: string) => setChoices((before) => new Map(before).set(key, deselected.has(key)));

  return (
    <Modal opened onClose={onClose} size="xl" title={`Promote ${application} from ${source}`}>
      <Stack gap="md">
        <Select
          label="Target environment"
          allowDeselect={false}
          data={targets.map((each) => ({ value: each.environment, label: targetLabel(each), disabled: each.auto }))}
          value={target}
          onChange={(value) => value && onTarget(value)}
        />
        <Loaded query={whole.query} what="the plan">
          {(plan) => (
            <PromotionPlanView
              plan={plan}
              judged={judged}
              offered={offered}
              deselected={deselected}
              onToggle={toggle}
              remedies={remedies}
              application={application}
              options={options}
              onOptions={(changes) => setOptions((before) => ({ ...before, ...changes }))}
            />
          )}
        </Loaded>
        <ChosenRemedies remedies={remedies} />
        <StrategyChoiceFields choice={choice} refused={exact.startError} />
        {exact.query.error && exact !== whole ? <ProblemAlert error={exact.query.error} /> : null}
        {exact.startError ? <ProblemAlert error={exact.startError} /> : null}
        <ProposalFields proposing={proposing} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RightButton
            needs="promote"
            at={{ application, environment: target }}
            leftSection={<Icon name="right" />}
            loading={exact.starting || exact.query.isFetching || proposing.filing}
            blocked={
              remedies.blocked ??
              blockedBy(whole.plan, exact.plan, deselected, remedies.chosen, proposing) ??
              choice.blocked
            }
            {...proposing.action(
              whole.plan ? actionLabel(whole.plan, (key) => !deselected.has(key)) : "Promote",
              exact.start,
            )}
          />
        </Group>
      </Stack>
    </Modal>
  );
}

function targetLabel({ environment, auto, earlier }: PromoteDialogProps["targets"][number]): string {
  if (auto) return `${environment} (deploys automatically)`;
  return earlier ? `${environment} (earlier in the pipeline)` : environment;
}

interface PromotionOf {
  application: string;
  strategy: Strategy;
  /** Adds what the chosen remedies add. */
  apply: (request: PromotionRequest) => PromotionRequest;
  glass: BreakGlassPart;
  onStarted: (operation: string) => void;
}

/**
 * The plan for all containers, which the dialog shows, and the plan for the selected ones, which it starts. While all are
 * selected, and none has to be named, they are the same plan. `request` asks for exactly that plan.
 */
function usePromotionPlans(options: PromotionOptions, choices: Choices, promotion: PromotionOf) {
  const { application, strategy, apply, glass, onStarted } = promotion;
  const requestOf = (all: PromotionPlan | undefined, deselected: ReadonlySet<string>) =>
    apply(requestFor(options, all, deselected));
  const exactRequest = (plan: PromotionPlan, all: PromotionPlan | undefined, deselected: ReadonlySet<string>) => ({
    ...requestOf(all ?? plan, deselected),
    strategy,
    plan_digest: plan.digest,
  });
  const planFor = (all: PromotionPlan | undefined, deselected: ReadonlySet<string>) => {
    // Without the strategy: it changes nothing in a plan.
    const request = requestOf(all, deselected);
    return {
      request: JSON.stringify(request),
      mode: "automatic" as const,
      preview: (signal: AbortSignal) => previewPromotion(application, request, signal),
      start: (plan: PromotionPlan, keyFor: KeyFor) =>
        startPromotion(application, { ...exactRequest(plan, all, deselected), ...glass }, keyFor(plan.digest)),
      onStarted: ({ id }: { id: string }) => onStarted(id),
    };
  };
  const whole = usePlan(planFor(undefined, new Set()));
  const deselected = deselectedIn(whole.plan, choices);
  const listing = isPartial(whole.plan, deselected);
  const partial = usePlan({
    ...planFor(whole.plan, deselected),
    enabled: whole.plan !== undefined && listing && isAnyChosen(whole.plan, deselected),
    onOutdated: () => whole.preview(),
  });
  const exact = listing ? partial : whole;
  const request = exact.plan && exactRequest(exact.plan, whole.plan, deselected);
  return { whole, exact, deselected, request };
}

/** The value, or where there is none yet the one before: what is read stays in its place while a new plan is made. */
function useLatest<Value>(value: Value | undefined): Value | undefined {
  const [latest, setLatest] = useState(value);
  if (value !== undefined && value !== latest) setLatest(value);
  return value ?? latest;
}

const isAnyChosen = (plan: PromotionPlan, deselected: ReadonlySet<string>): boolean =>
  differingFirst(plan.clusters).some(({ key, same }) => !same && !deselected.has(key));

/** `whole` is the plan for all containers, `exact` that for the selected ones. */
function blockedBy(
  whole: PromotionPlan | undefined,
  exact: PromotionPlan | undefined,
  deselected: ReadonlySet<string>,
  remedies: readonly Remedy[],
  proposing: ReturnType<typeof useProposing>,
): string | null {
  if (!whole) return "Stagecoach is making the plan.";
  if (whole.nothing_to_do) return whyNothing(whole.clusters, whole.target_environment, leavesOut(remedies));
  if (deselected.size > 0 && !isAnyChosen(whole, deselected)) return "Select at least one container.";
  if (!exact) return "Stagecoach is making the plan.";
  if (exact.blocked) return "Solve the plan's problems first.";
  return proposing.blockedBy(exact.gates);
}
