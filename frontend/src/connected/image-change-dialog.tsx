import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { ImageConsent, Operation, PromotionPlan } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import { differingFirst } from "@/lib/images-plan";
import { Icon, type IconName } from "@/ui/icons";
import { ImagePlan } from "@/ui/image-plan";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { PlanConsents } from "@/ui/plan-consents";
import { imagePlanProblems, PlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { RoleButton } from "./role-button";

interface ImageChangeDialogProps {
  title: string;
  environment: string;
  /** The request as text, without the consents. */
  request: string;
  preview: (allow: ImageConsent[], signal: AbortSignal) => Promise<PromotionPlan>;
  start: (allow: ImageConsent[], digest: string, idempotencyKey: string) => Promise<Operation>;
  /** The start button's text for a plan, and for undefined until there is one. */
  label: (plan: PromotionPlan | undefined) => string;
  icon: IconName;
  /** What the change leaves as it is. */
  note: string;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews a change of images in one environment, container by container, and starts exactly what it shows. */
export function ImageChangeDialog(props: ImageChangeDialogProps) {
  const { title, environment, request, preview, start, label, icon, note, onClose, onStarted } = props;
  const [allow, setAllow] = useState<ImageConsent[]>([]);
  const plan = usePlan({
    request: JSON.stringify([request, allow]),
    mode: "automatic",
    preview: (signal) => preview(allow, signal),
    start: ({ digest }, keyFor) => start(allow, digest, keyFor(digest)),
    onStarted: ({ id }) => onStarted(id),
  });
  return (
    <Modal opened onClose={onClose} size="xl" title={title}>
      <Stack gap="md">
        <Loaded query={plan.query} what="the plan">
          {(data) => (
            <>
              <PlanProblems problems={imagePlanProblems(data)} />
              <PlanConsents problems={imagePlanProblems(data)} given={allow} onChange={setAllow} />
              {data.nothing_to_do ? <Note tone="good" title={`${environment} already runs these images`} /> : null}
              <ImagePlan containers={differingFirst(data.clusters)} clusters={data.clusters.length} />
            </>
          )}
        </Loaded>
        <Text size="sm" c="dimmed">
          {note}
        </Text>
        {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RoleButton
            needs="maintainer"
            leftSection={<Icon name={icon} />}
            loading={plan.starting || plan.query.isFetching}
            blocked={blockedBy(plan.plan)}
            onClick={plan.start}
          >
            {label(plan.plan)}
          </RoleButton>
        </Group>
      </Stack>
    </Modal>
  );
}

function blockedBy(plan: PromotionPlan | undefined): string | null {
  if (!plan) return "Stagecoach is making the plan.";
  if (plan.blocked) return "Solve the plan's problems first.";
  return plan.nothing_to_do ? "No image would change." : null;
}
