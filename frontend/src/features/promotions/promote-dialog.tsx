import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { PromotionPlan, PromotionRequest, Strategy } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import type { KeyFor } from "@/api/use-start";
import { useBreakGlass, type BreakGlassPart } from "@/connected/break-glass";
import { ProposalFields, useProposing } from "@/connected/proposing";
import { ChosenRemedies, RemedyButton, useRemedies, type RemediesChosen } from "@/connected/remedies";
import { RightButton } from "@/connected/right-button";
import { StrategyChoiceFields, useStrategyChoice } from "@/connected/strategy-choice";
import { differingFirst } from "@/lib/images-plan";
import { listed } from "@/lib/words";
import { CopyPlanView } from "@/ui/copy-plan";
import { Gates } from "@/ui/gates";
import { ImagePlan } from "@/ui/image-plan";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { PlanConsents } from "@/ui/plan-consents";
import { imagePlanProblems, PlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { previewPromotion, startPromotion } from "./calls";
import {
  actionLabel,
  deselectedIn,
  isPartial,
  notPromoted,
  requestFor,
  skewedClusters,
  unhealthyAtSource,
  type Choices,
  type OfferedImage,
  type PromotionOptions,
} from "./model";
import { OfferedInTarget } from "./offered-in-target";
import { Unmatched } from "./unmatched";

type Options = Omit<PromotionOptions, "source" | "target">;

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
            <PlanView
              plan={plan}
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
            blocked={remedies.blocked ?? blockedBy(whole.plan, exact.plan, deselected, proposing) ?? choice.blocked}
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

const isAnyChosen = (plan: PromotionPlan, deselected: ReadonlySet<string>): boolean =>
  differingFirst(plan.clusters).some(({ key, same }) => !same && !deselected.has(key));

/** `whole` is the plan for all containers, `exact` that for the selected ones. */
function blockedBy(
  whole: PromotionPlan | undefined,
  exact: PromotionPlan | undefined,
  deselected: ReadonlySet<string>,
  proposing: ReturnType<typeof useProposing>,
): string | null {
  if (!whole) return "Stagecoach is making the plan.";
  if (whole.nothing_to_do) return "The target already runs these images.";
  if (deselected.size > 0 && !isAnyChosen(whole, deselected)) return "Select at least one container.";
  if (!exact) return "Stagecoach is making the plan.";
  if (exact.blocked) return "Solve the plan's problems first.";
  return proposing.blockedBy(exact.gates);
}

interface PlanViewProps {
  plan: PromotionPlan;
  offered: readonly OfferedImage[];
  deselected: ReadonlySet<string>;
  onToggle: (key: string) => void;
  application: string;
  remedies: RemediesChosen;
  options: Options;
  onOptions: (changes: Partial<Options>) => void;
}

function PlanView(props: PlanViewProps) {
  const { plan, offered, deselected, onToggle, application, remedies, options, onOptions } = props;
  const containers = differingFirst(plan.clusters);
  const skewed = skewedClusters(plan);
  const clusters = plan.clusters.map(({ cluster }) => cluster);
  return (
    <Stack gap="md">
      <Gates gates={plan.gates} />
      <PlanProblems
        problems={imagePlanProblems(plan)}
        remedyOf={(remedy) => (
          <RemedyButton
            remedy={remedy}
            application={application}
            target={plan.target_environment}
            source={plan.source_environment}
            onChoose={remedies.choose}
          />
        )}
      />
      {plan.bring ? <CopyPlanView plan={plan.bring} /> : null}
      <PlanConsents
        problems={imagePlanProblems(plan)}
        given={options.allow}
        onChange={(allow) => onOptions({ allow })}
      />
      {skewed.length > 0 || options.sourceCluster ? (
        <Select
          label="Source cluster"
          description={`The clusters of ${plan.source_environment ?? "the source"} run different images. Choose the cluster whose images to promote.`}
          placeholder="Choose a cluster"
          data={skewed.length > 0 ? skewed : [options.sourceCluster!]}
          value={options.sourceCluster}
          onChange={(sourceCluster) => onOptions({ sourceCluster })}
          clearable
        />
      ) : null}
      {plan.nothing_to_do ? (
        <Note tone="good" title="Nothing to promote">
          <p>{plan.target_environment} already runs these images.</p>
        </Note>
      ) : null}
      {containers.some(({ downgrade }) => downgrade) ? (
        <Note tone="warn" title={`${plan.source_environment ?? "The source"} runs older images`}>
          <p>Images that are older than those of {plan.target_environment} are promoted only if you tick them.</p>
        </Note>
      ) : null}
      {unhealthyAtSource(plan).size > 0 ? (
        <Note tone="warn" title={`Not everything is healthy in ${plan.source_environment ?? "the source"}`}>
          <p>Images of what fails there, or is still rolling out, are promoted only if you tick them.</p>
        </Note>
      ) : null}
      {containers.length > 0 ? (
        <ImagePlan
          containers={containers}
          clusters={clusters.length}
          choice={{ chosen: (key) => !deselected.has(key), toggle: onToggle }}
        />
      ) : null}
      <Unmatched unmatched={plan.unmatched} />
      <OfferedInTarget images={notPromoted(plan, offered)} target={plan.target_environment} />
      <Text size="sm" c="dimmed">
        {plan.bring ? "Besides the keys that are brought first, a promotion" : "A promotion"} changes images only, on{" "}
        {listed(clusters)}. Configuration, Secrets, replicas and Ingresses of {plan.target_environment} stay as they
        are.
      </Text>
    </Stack>
  );
}
