import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { AcceptancePlan, AcceptRequest, Divergence } from "@/api/contract";
import { usePlan } from "@/api/use-plan";
import { RightButton } from "@/connected/right-button";
import { listed } from "@/lib/words";
import { Icon } from "@/ui/icons";
import { ImageRef } from "@/ui/image-ref";
import { Loaded } from "@/ui/loaded";
import { PlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { accept, previewAccept } from "./calls";
import { isOfImages } from "./converging";
import classes from "./drift.module.css";
import { Fields } from "./found";

interface AcceptDialogProps {
  divergence: Divergence;
  onClose: () => void;
}

/** Previews the release that a container's running image, or an object's fields as they are, become; records exactly that. */
export function AcceptDialog({ divergence, onClose }: AcceptDialogProps) {
  const { application, environment, workload, container, found } = divergence;
  const ofImages = isOfImages(divergence);
  const [cluster, setCluster] = useState<string | null>(null);
  const request: AcceptRequest = ofImages
    ? { cluster, containers: [{ workload, container }] }
    : { objects: [workload] };
  const plan = usePlan({
    request: JSON.stringify([application, environment, request]),
    mode: "automatic",
    preview: (signal) => previewAccept(application, environment, request, signal),
    start: ({ digest }) => accept(application, environment, { ...request, plan_digest: digest }),
    onStarted: onClose,
  });
  const differ = plan.plan?.problems.some(({ code }) => code === "clusters-differ") ?? false;
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={
        ofImages
          ? `Accept what ${container} runs in ${environment}`
          : `Accept ${workload.kind} ${workload.name} as it is in ${environment}`
      }
    >
      <Stack gap="md">
        {differ || cluster !== null ? (
          <Select
            label="Cluster"
            description="Its image becomes the release"
            placeholder="Choose the cluster"
            data={found.map((each) => each.cluster)}
            value={cluster}
            onChange={setCluster}
          />
        ) : null}
        <Loaded query={plan.query} what="the plan">
          {(data) => (
            <>
              <PlanProblems problems={data.problems} />
              <Images plan={data} />
              <AcceptedFields plan={data} />
            </>
          )}
        </Loaded>
        <Text size="sm" c="dimmed">
          {ofImages
            ? "What runs is recorded as a new release. No cluster is changed, and the other containers stay as the last release has them."
            : "Keys and fields are recorded as they are, with a new release. No cluster is changed, and the images stay as the last release has them."}
        </Text>
        {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <RightButton
            needs="maintain"
            at={{ application, environment }}
            leftSection={<Icon name="check" />}
            loading={plan.starting || plan.query.isFetching}
            blocked={blockedBy(plan.plan)}
            onClick={plan.start}
          >
            Accept
          </RightButton>
        </Group>
      </Stack>
    </Modal>
  );
}

function Images({ plan: { changes } }: { plan: AcceptancePlan }) {
  if (changes.length === 0) return null;
  return (
    <ul className={classes.found} aria-label="Images of the new release">
      {changes.map(({ workload, container, before, after, clusters }, index) => (
        <li key={index}>
          {workload.kind} {workload.name}, {container}: <ImageRef image={after} />
          {before ? (
            <>
              {" "}
              instead of <ImageRef image={before} />
            </>
          ) : null}
          <span className={classes.sub}>runs on {listed(clusters)}</span>
        </li>
      ))}
    </ul>
  );
}

function AcceptedFields({ plan: { fields } }: { plan: AcceptancePlan }) {
  if (fields.length === 0) return null;
  return (
    <ul className={classes.found} aria-label="Keys and fields that are accepted">
      {fields.map(({ resource, cluster, fields: here }) => (
        <li key={`${cluster} ${resource.kind} ${resource.name}`}>
          <span className={classes.cluster}>{cluster}</span> {resource.kind} {resource.name}: <Fields fields={here} />
        </li>
      ))}
    </ul>
  );
}

function blockedBy(plan: AcceptancePlan | undefined): string | null {
  if (!plan) return "Stagecoach is making the plan.";
  return plan.blocked ? "Solve the plan's problems first." : null;
}
