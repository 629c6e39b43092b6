import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";
import { useIdempotencyKeys } from "@/api/starting";
import { byContainer, extent } from "@/lib/images-plan";
import { count } from "@/lib/words";
import { Icon } from "@/ui/icons";
import { ImagePlan } from "@/ui/image-plan";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { PlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { RoleButton } from "@/ui/role-button";
import { useRollBack } from "./mutations";
import { rollbackPlanQuery, rollbackRequest } from "./queries";

interface RollBackDialogProps {
  application: string;
  environment: string;
  release: number;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Puts a former release's images back: the plan first, then exactly that plan. */
export function RollBackDialog({ application, environment, release, onClose, onStarted }: RollBackDialogProps) {
  const preview = useQuery(rollbackPlanQuery(application, environment, release));
  const rollBack = useRollBack(application, environment);
  const keyFor = useIdempotencyKeys();
  const plan = preview.data;
  const reach = plan ? extent(plan.clusters, () => true) : null;
  const start = (digest: string) =>
    rollBack.mutate(
      { request: { ...rollbackRequest(release), plan_digest: digest }, idempotencyKey: keyFor(digest) },
      { onSuccess: (operation) => onStarted(operation.id) },
    );
  const lookAgain = () => {
    rollBack.reset();
    void preview.refetch();
  };
  return (
    <Modal opened onClose={onClose} size="xl" title={`Roll ${environment} back to release ${release}`}>
      <Stack gap="md">
        <Loaded query={preview} what="the plan">
          {(data) => (
            <>
              <PlanProblems problems={[...data.problems, ...data.clusters.flatMap(({ problems }) => problems)]} />
              {data.nothing_to_do ? <Note tone="good" title={`${environment} runs these images already`} /> : null}
              <ImagePlan containers={byContainer(data.clusters)} clusters={data.clusters.length} />
            </>
          )}
        </Loaded>
        <Text size="sm" c="dimmed">
          Only images change. Configuration, Secrets and replicas stay as they are now.
        </Text>
        {rollBack.error ? (
          <ProblemAlert
            error={rollBack.error}
            retry={asProblem(rollBack.error).code === "plan-outdated" ? lookAgain : undefined}
          />
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RoleButton
            needs="operator"
            leftSection={<Icon name="back" />}
            loading={rollBack.isPending || preview.isFetching}
            blocked={
              plan?.blocked
                ? "The plan has problems that have to be solved first."
                : plan?.nothing_to_do
                  ? "Nothing to do."
                  : null
            }
            onClick={() => plan && start(plan.digest)}
          >
            {reach && reach.images > 0
              ? `Roll back ${count(reach.images, "image")} on ${count(reach.clusters, "cluster")}`
              : "Roll back"}
          </RoleButton>
        </Group>
      </Stack>
    </Modal>
  );
}
