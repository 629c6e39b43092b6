import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { DeployRequest, ImageConsent, Operation, PromotionPlan, RollbackRequest } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import { blockedByFreeze, inTheWay } from "@/lib/gates";
import { differingFirst } from "@/lib/images-plan";
import type { Remedy } from "@/lib/remedies";
import { Gates } from "@/ui/gates";
import { Icon, type IconName } from "@/ui/icons";
import { ImagePlan } from "@/ui/image-plan";
import { CopyPlanView } from "@/ui/copy-plan";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { PlanConsents } from "@/ui/plan-consents";
import { imagePlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { RestoredConfiguration } from "@/ui/restored-configuration";
import { useBreakGlass } from "./break-glass";
import { ProposalFields, useProposing, type ProposedChange } from "./proposing";
import { PlanFindings } from "./plan-findings";
import { ChosenRemedies, useRemedies } from "./remedies";
import { RightButton } from "./right-button";
import { RollBackFields, useRollBackReason } from "./roll-back-fields";
import { StrategyChoiceFields, useStrategyChoice } from "./strategy-choice";

interface ImageChangeDialogProps<Request extends DeployRequest | RollbackRequest> {
  title: string;
  application: string;
  environment: string;
  /** What is asked for, without what the dialog itself asks: consents, remedies, the strategy, reasons. */
  request: Request;
  preview: (request: Request, signal: AbortSignal) => Promise<PromotionPlan>;
  start: (request: Request, idempotencyKey: string) => Promise<Operation>;
  /** What is filed where the change takes approvals; without it, the change never does. */
  proposal?: {
    change: (request: Request) => ProposedChange;
    onProposed: (proposal: string) => void;
  };
  /** It passes freezes with a reason, and sets a hold: a roll-back does. */
  rollsBack?: boolean;
  /** Takes a remedy into the request, or has the dialog do so by `choose`, which it does by default. */
  onRemedy?: (remedy: Remedy, choose: (remedy: Remedy) => void) => void;
  /** The start button's text for a plan, and for undefined until there is one. */
  label: (plan: PromotionPlan | undefined) => string;
  icon: IconName;
  /** What the change leaves as it is. */
  note: string;
  /** Fields that say what the request is for, above its plan; from the plan, where there is one. */
  scope?: (plan: PromotionPlan | undefined) => ReactNode;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews a change of images in one environment, container by container, and starts exactly what it shows. */
export function ImageChangeDialog<Request extends DeployRequest | RollbackRequest>(
  props: ImageChangeDialogProps<Request>,
) {
  const { title, application, environment, preview, start, label, icon, note, scope, onClose, proposal } = props;
  const at = { application, environment };
  const [allow, setAllow] = useState<ImageConsent[]>([]);
  const rollingBack = useRollBackReason();
  const glass = useBreakGlass(at);
  const remedies = useRemedies();
  const choice = useStrategyChoice(environment, [application]);
  const asked = remedies.apply({ ...props.request, allow });
  const exact = (digest: string) => ({
    ...asked,
    strategy: choice.strategy,
    plan_digest: digest,
    ...(props.rollsBack ? rollingBack.part : {}),
  });
  const plan = usePlan({
    // The strategy changes nothing in a plan.
    request: JSON.stringify(asked),
    mode: "automatic",
    preview: (signal) => preview(asked, signal),
    start: ({ digest }, keyFor) => start({ ...exact(digest), ...glass.part }, keyFor(digest)),
    onStarted: ({ id }) => props.onStarted(id),
  });
  const proposing = useProposing({
    gates: plan.plan?.gates,
    refused: plan.startError,
    change: plan.plan && proposal?.change(exact(plan.plan.digest)),
    glass,
    onProposed: (filed) => proposal?.onProposed(filed),
    onOutdated: plan.preview,
  });
  const onRemedy = (remedy: Remedy) =>
    props.onRemedy ? props.onRemedy(remedy, remedies.choose) : remedies.choose(remedy);
  // What is told of the environment's strategy is not true of another one.
  const problemsOf = (data: PromotionPlan) =>
    imagePlanProblems(data).filter(({ code }) => choice.draft === null || code !== "soaks-shortened");
  return (
    <Modal opened onClose={onClose} size="xl" title={title}>
      <Stack gap="md">
        {scope?.(plan.query.data)}
        <Loaded query={plan.query} what="the plan">
          {(data) => (
            <>
              <Gates gates={data.gates} />
              <PlanFindings
                problems={problemsOf(data)}
                application={application}
                target={environment}
                source={null}
                onRemedy={onRemedy}
              />
              <PlanConsents problems={imagePlanProblems(data)} given={allow} onChange={setAllow} />
              {data.nothing_to_do ? <Note tone="good" title={`${environment} already runs these images`} /> : null}
              {data.bring ? <CopyPlanView plan={data.bring} /> : null}
              <ImagePlan containers={differingFirst(data.clusters)} clusters={data.clusters.length} />
              <RestoredConfiguration clusters={data.clusters} />
            </>
          )}
        </Loaded>
        <ChosenRemedies remedies={remedies} />
        <Text size="sm" c="dimmed">
          {note}
        </Text>
        <StrategyChoiceFields choice={choice} planned={plan.query.data?.strategy} refused={plan.startError} />
        {props.rollsBack ? (
          <RollBackFields rollingBack={rollingBack} gates={plan.plan?.gates ?? []} refused={plan.startError} />
        ) : null}
        {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
        <ProposalFields proposing={proposing} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RightButton
            needs="promote"
            at={at}
            leftSection={<Icon name={icon} />}
            loading={plan.starting || plan.query.isFetching || proposing.filing}
            blocked={
              remedies.blocked ??
              blockedBy(plan.plan, props.rollsBack ? rollingBack.reason : undefined, proposing) ??
              choice.blocked
            }
            {...proposing.action(label(plan.plan), plan.start)}
          />
        </Group>
      </Stack>
    </Modal>
  );
}

function blockedBy(
  plan: PromotionPlan | undefined,
  reason: string | undefined,
  proposing: ReturnType<typeof useProposing>,
): string | null {
  if (!plan) return "Stagecoach is making the plan.";
  if (plan.blocked) return "Solve the plan's problems first.";
  if (plan.nothing_to_do) return "Nothing would change.";
  const frozen = reason === undefined ? null : blockedByFreeze(plan.gates, reason);
  return frozen ?? proposing.blockedBy(inTheWay(plan.gates, reason));
}
