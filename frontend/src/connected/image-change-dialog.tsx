import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { ImageConsent, Operation, PromotionPlan } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import { inTheWay } from "@/lib/gates";
import { differingFirst } from "@/lib/images-plan";
import { Gates } from "@/ui/gates";
import { Icon, type IconName } from "@/ui/icons";
import { ImagePlan } from "@/ui/image-plan";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { PlanConsents } from "@/ui/plan-consents";
import { imagePlanProblems, PlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { RestoredConfiguration } from "@/ui/restored-configuration";
import { useBreakGlass, type BreakGlassPart } from "./break-glass";
import { ProposalFields, useProposing, type ProposedChange } from "./proposing";
import { RightButton } from "./right-button";

/** What its user says besides the plan: why it passes freezes, and why it starts without approvals. */
interface Given {
  reason: string | undefined;
  glass: BreakGlassPart;
}

interface ImageChangeDialogProps {
  title: string;
  application: string;
  environment: string;
  /** The request as text, without the consents. */
  request: string;
  preview: (allow: ImageConsent[], signal: AbortSignal) => Promise<PromotionPlan>;
  start: (allow: ImageConsent[], digest: string, idempotencyKey: string, given: Given) => Promise<Operation>;
  /** What is filed where the change takes approvals; without it, the change never does. */
  proposal?: {
    change: (allow: ImageConsent[], digest: string) => ProposedChange;
    onProposed: (proposal: string) => void;
  };
  /** It passes freezes with a reason, which is asked for: a roll-back does. */
  passesFreezes?: boolean;
  /** The start button's text for a plan, and for undefined until there is one. */
  label: (plan: PromotionPlan | undefined) => string;
  icon: IconName;
  /** What the change leaves as it is. */
  note: string;
  /** Fields that say what the request is for, above its plan. */
  scope?: ReactNode;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews a change of images in one environment, container by container, and starts exactly what it shows. */
export function ImageChangeDialog(props: ImageChangeDialogProps) {
  const {
    title,
    application,
    environment,
    request,
    preview,
    start,
    label,
    icon,
    note,
    scope = null,
    onClose,
    onStarted,
    proposal,
    passesFreezes = false,
  } = props;
  const [allow, setAllow] = useState<ImageConsent[]>([]);
  const [reason, setReason] = useState("");
  const given = passesFreezes ? reason : undefined;
  const glass = useBreakGlass({ application, environment });
  const plan = usePlan({
    request: JSON.stringify([request, allow]),
    mode: "automatic",
    preview: (signal) => preview(allow, signal),
    start: ({ digest }, keyFor) => start(allow, digest, keyFor(digest), { reason: given, glass: glass.part }),
    onStarted: ({ id }) => onStarted(id),
  });
  const proposing = useProposing({
    gates: plan.plan?.gates,
    refused: plan.startError,
    change: plan.plan && proposal?.change(allow, plan.plan.digest),
    glass,
    onProposed: (filed) => proposal?.onProposed(filed),
    onOutdated: plan.preview,
  });
  const frozen = plan.plan?.gates.some(({ kind }) => kind === "freeze") ?? false;
  return (
    <Modal opened onClose={onClose} size="xl" title={title}>
      <Stack gap="md">
        {scope}
        <Loaded query={plan.query} what="the plan">
          {(data) => (
            <>
              <Gates gates={data.gates} />
              <PlanProblems problems={imagePlanProblems(data)} />
              <PlanConsents problems={imagePlanProblems(data)} given={allow} onChange={setAllow} />
              {data.nothing_to_do ? <Note tone="good" title={`${environment} already runs these images`} /> : null}
              <ImagePlan containers={differingFirst(data.clusters)} clusters={data.clusters.length} />
              <RestoredConfiguration clusters={data.clusters} />
            </>
          )}
        </Loaded>
        <Text size="sm" c="dimmed">
          {note}
        </Text>
        {passesFreezes ? (
          <Textarea
            label="Reason"
            description={
              frozen
                ? "A roll-back passes the freeze with a reason"
                : "It stands in the history, and at the hold that keeps automation from bringing back what you take away"
            }
            required={frozen}
            rows={2}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        ) : null}
        {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
        <ProposalFields proposing={proposing} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RightButton
            needs="promote"
            at={{ application, environment }}
            leftSection={<Icon name={icon} />}
            loading={plan.starting || plan.query.isFetching || proposing.filing}
            blocked={blockedBy(plan.plan, given, proposing)}
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
  const gates = inTheWay(plan.gates, reason);
  if (reason !== undefined && gates.length > 0 && gates.every(({ kind }) => kind === "freeze"))
    return "A freeze is in the way: give a reason to pass it.";
  return proposing.blockedBy(gates);
}
