import { Button, Checkbox, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { PromotionPlan } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { useIdempotencyKeys } from "@/api/starting";
import { listed } from "@/lib/words";
import { ImagePlan } from "@/ui/image-plan";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { PlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { RoleButton } from "@/ui/role-button";
import {
  actionLabel,
  allProblems,
  orderedContainers,
  requestFor,
  skewedClusters,
  waitingBeside,
  type WaitingImage,
  type Wanted,
} from "./model";
import { usePromote } from "./mutations";
import { promotionPlanQuery } from "./queries";
import { Unmatched } from "./unmatched";
import { WaitingInTarget } from "./waiting-in-target";

interface PromoteDialogProps {
  application: string;
  source: string;
  target: string;
  /** Environments that may be promoted into, with why not where not. */
  targets: { environment: string; auto: boolean }[];
  /** Images that were pushed and wait in the target: not what would be promoted, perhaps newer. */
  waiting: readonly WaitingImage[];
  onTarget: (target: string) => void;
  onClose: () => void;
  onStarted: (operation: string) => void;
}

/** Gives the target the source's images: looks at the plan first, then carries out exactly that plan. */
export function PromoteDialog({
  application,
  source,
  target,
  targets,
  waiting,
  onTarget,
  onClose,
  onStarted,
}: PromoteDialogProps) {
  const [leftOut, setLeftOut] = useState<ReadonlySet<string>>(new Set());
  const [wanted, setWanted] = useState<Omit<Wanted, "source" | "target">>({
    sourceCluster: null,
    rollBack: true,
    oneByOne: false,
  });
  const keyFor = useIdempotencyKeys();
  const promote = usePromote(application);
  const asked: Wanted = { source, target, ...wanted };
  const preview = useQuery(
    promotionPlanQuery(application, requestFor({ ...asked, oneByOne: false }, undefined, leftOut)),
  );
  // A choice of containers is a plan of its own: what is carried out is named by that one's digest.
  const part = useQuery({
    ...promotionPlanQuery(application, requestFor({ ...asked, oneByOne: false }, preview.data, leftOut)),
    enabled: preview.data !== undefined && leftOut.size > 0,
  });
  const exact = leftOut.size > 0 ? part : preview;

  const toggle = (key: string) =>
    setLeftOut((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });
  const lookAgain = () => {
    promote.reset();
    void preview.refetch();
    if (leftOut.size > 0) void part.refetch();
  };
  const start = (plan: PromotionPlan) =>
    promote.mutate(
      {
        request: { ...requestFor(asked, preview.data, leftOut), plan_digest: plan.digest },
        idempotencyKey: keyFor(plan.digest),
      },
      { onSuccess: (operation) => onStarted(operation.id) },
    );

  return (
    <Modal opened onClose={onClose} size="xl" title={`Promote ${application} from ${source}`}>
      <Stack gap="md">
        <Select
          label="Target environment"
          allowDeselect={false}
          data={targets.map(({ environment, auto }) => ({
            value: environment,
            label: auto ? `${environment} (deploys by itself)` : environment,
            disabled: auto,
          }))}
          value={target}
          onChange={(value) => value && onTarget(value)}
        />
        <Loaded query={preview} what="the plan">
          {(plan) => (
            <PlanView
              plan={plan}
              waiting={waiting}
              leftOut={leftOut}
              onToggle={toggle}
              wanted={wanted}
              onWanted={(changes) => setWanted((before) => ({ ...before, ...changes }))}
            />
          )}
        </Loaded>
        {promote.error ? (
          <ProblemAlert
            error={promote.error}
            retry={asProblem(promote.error).code === "plan-outdated" ? lookAgain : undefined}
          />
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RoleButton
            needs="operator"
            leftSection={<Icon name="right" />}
            loading={promote.isPending || exact.isFetching}
            blocked={blockedBy(preview.data, leftOut)}
            onClick={() => exact.data && start(exact.data)}
          >
            {preview.data ? actionLabel(preview.data, (key) => !leftOut.has(key)) : "Promote"}
          </RoleButton>
        </Group>
      </Stack>
    </Modal>
  );
}

function blockedBy(plan: PromotionPlan | undefined, leftOut: ReadonlySet<string>): string | null {
  if (!plan) return "The plan is being made.";
  if (plan.blocked) return "The plan has problems that have to be solved first.";
  if (plan.nothing_to_do) return "The target runs these images already.";
  const any = orderedContainers(plan).some(({ key, unchanged }) => !unchanged && !leftOut.has(key));
  return any ? null : "Choose at least one container.";
}

interface PlanViewProps {
  plan: PromotionPlan;
  waiting: readonly WaitingImage[];
  leftOut: ReadonlySet<string>;
  onToggle: (key: string) => void;
  wanted: Omit<Wanted, "source" | "target">;
  onWanted: (changes: Partial<Wanted>) => void;
}

function PlanView({ plan, waiting, leftOut, onToggle, wanted, onWanted }: PlanViewProps) {
  const containers = orderedContainers(plan);
  const skewed = skewedClusters(plan);
  return (
    <Stack gap="md">
      <PlanProblems problems={allProblems(plan)} />
      {skewed.length > 0 || wanted.sourceCluster ? (
        <Select
          label="Source cluster"
          description={`The clusters of ${plan.source_environment ?? "the source"} run different images. Say whose are to be taken.`}
          placeholder="Choose a cluster"
          data={skewed.length > 0 ? skewed : [wanted.sourceCluster!]}
          value={wanted.sourceCluster}
          onChange={(sourceCluster) => onWanted({ sourceCluster })}
          clearable
        />
      ) : null}
      {plan.nothing_to_do ? (
        <Note tone="good" title="Nothing to do">
          <p>{plan.target_environment} runs these images already.</p>
        </Note>
      ) : null}
      {containers.length > 0 ? (
        <ImagePlan
          containers={containers}
          clusters={plan.clusters.length}
          choice={{ chosen: (key) => !leftOut.has(key), toggle: onToggle }}
        />
      ) : null}
      <Unmatched unmatched={plan.unmatched} />
      <WaitingInTarget waiting={waitingBeside(plan, waiting)} target={plan.target_environment} />
      <Text size="sm" c="dimmed">
        Only images change, on {listed(plan.clusters.map(({ cluster }) => cluster))}. Configuration, Secrets, replicas
        and ingress of {plan.target_environment} stay.
      </Text>
      <Checkbox
        checked={wanted.rollBack}
        onChange={(event) => onWanted({ rollBack: event.currentTarget.checked })}
        label="If a rollout fails, put the former images back on that cluster"
      />
      {plan.clusters.length > 1 ? (
        <Checkbox
          checked={wanted.oneByOne}
          onChange={(event) => onWanted({ oneByOne: event.currentTarget.checked })}
          label={`One cluster after the other (${plan.clusters.map(({ cluster }) => cluster).join(", then ")}) instead of all at once`}
        />
      ) : null}
    </Stack>
  );
}
