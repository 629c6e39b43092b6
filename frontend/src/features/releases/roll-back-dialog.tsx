import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { PromotionPlan } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import { RoleButton } from "@/connected/role-button";
import { byContainer, extent } from "@/lib/images-plan";
import { count } from "@/lib/words";
import { Icon } from "@/ui/icons";
import { ImagePlan } from "@/ui/image-plan";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { PlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { previewRollback, rollbackRequest, startRollback } from "./calls";

interface RollBackDialogProps {
  application: string;
  environment: string;
  release: number;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Previews the rollback to an earlier release and starts it. */
export function RollBackDialog({ application, environment, release, onClose, onStarted }: RollBackDialogProps) {
  const plan = usePlan({
    request: JSON.stringify([application, environment, release]),
    mode: "automatic",
    preview: (signal) => previewRollback(application, environment, release, signal),
    start: ({ digest }, keyFor) =>
      startRollback(application, environment, { ...rollbackRequest(release), plan_digest: digest }, keyFor(digest)),
    onStarted: ({ id }) => onStarted(id),
  });
  return (
    <Modal opened onClose={onClose} size="xl" title={`Roll ${environment} back to release ${release}`}>
      <Stack gap="md">
        <Loaded query={plan.query} what="the plan">
          {(data) => (
            <>
              <PlanProblems problems={[...data.problems, ...data.clusters.flatMap(({ problems }) => problems)]} />
              {data.nothing_to_do ? <Note tone="good" title={`${environment} already runs these images`} /> : null}
              <ImagePlan containers={byContainer(data.clusters)} clusters={data.clusters.length} />
            </>
          )}
        </Loaded>
        <Text size="sm" c="dimmed">
          A rollback changes images only. Configuration, Secrets and replicas stay as they are.
        </Text>
        {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RoleButton
            needs="operator"
            leftSection={<Icon name="back" />}
            loading={plan.starting || plan.query.isFetching}
            blocked={blockedBy(plan.plan)}
            onClick={plan.start}
          >
            {labelOf(plan.plan)}
          </RoleButton>
        </Group>
      </Stack>
    </Modal>
  );
}

function blockedBy(plan: PromotionPlan | undefined): string | null {
  if (plan?.blocked) return "Solve the plan's problems first.";
  return plan?.nothing_to_do ? "No image would change." : null;
}

/** `Roll back 2 images on 3 clusters`. */
function labelOf(plan: PromotionPlan | undefined): string {
  const { images, clusters } = plan ? extent(plan.clusters, () => true) : { images: 0, clusters: 0 };
  return images === 0 ? "Roll back" : `Roll back ${count(images, "image")} on ${count(clusters, "cluster")}`;
}
