import { Button, Checkbox, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { ImageDeliveries, ImageDelivery, WorkloadDeliveryInput } from "@/api/contract";
import { useSetImageDeliveries } from "@/api/image-deliveries";
import { useLack } from "@/api/rights";
import { deliveryTitle } from "@/ui/image-delivery";
import { ProblemAlert } from "@/ui/problem-alert";
import { draftOf, fileFor, lackOf, type FileDraft, type NamedWorkload } from "./git-file";
import { GitFileFields } from "./git-file-fields";
import { GitFilePreview } from "./git-file-preview";
import { deliverySentence, isSame, type OwnerGroup } from "./model";
import { Steps } from "./possible-deliveries";

interface DeliveryDialogProps {
  application: string;
  environment: string;
  clusters: readonly string[];
  deliveries: ImageDeliveries;
  group: OwnerGroup;
  /** The workloads of the group, with the images that they run. */
  workloads: readonly NamedWorkload[];
  /** What is chosen at first. */
  begin: Choice;
  onClose: () => void;
}

/** What holds for the environment is no delivery of the workloads' own. */
export type Choice = ImageDelivery | "environment";

const nameOf = ({ resource }: NamedWorkload): string => `${resource.kind}/${resource.name}`;

/** How new images reach some of the workloads of one owner; it replaces what was set for them. */
export function DeliveryDialog(props: DeliveryDialogProps) {
  const { application, environment, clusters, deliveries, group, workloads, begin, onClose } = props;
  const set = useSetImageDeliveries(application, environment);
  const [names, setNames] = useState(() => workloads.map(nameOf));
  const [choice, setChoice] = useState<Choice>(begin);
  const [file, setFile] = useState(() => draftOf(group.own?.file ?? null, workloads));
  const chosen = workloads.filter((each) => names.includes(nameOf(each)));
  const lack = chosen.length === 0 ? "Choose a workload." : choice === "git" ? lackOf(file, chosen) : null;
  const save = () =>
    set.mutate(
      {
        owned: deliveries.owned,
        workloads: [
          ...deliveries.workloads.filter(({ workload }) => !chosen.some(({ resource }) => isSame(workload, resource))),
          ...chosen.flatMap((each) => delivered(each, choice, file)),
        ],
      },
      { onSuccess: onClose },
    );
  return (
    <Modal opened onClose={onClose} size="xl" title={`Set the delivery in ${environment}`}>
      <Stack gap="md">
        {workloads.length > 1 ? (
          <Checkbox.Group label="Workloads" value={names} onChange={setNames}>
            <Group gap="0.3rem 1rem" mt={6}>
              {workloads.map(nameOf).map((name) => (
                <Checkbox key={name} value={name} label={name} />
              ))}
            </Group>
          </Checkbox.Group>
        ) : (
          <Text size="sm">
            Of <code>{workloads.map(nameOf).join()}</code>
          </Text>
        )}
        <Choices group={group} owned={deliveries.owned} value={choice} onChange={setChoice} />
        {choice === "git" ? (
          <>
            <GitFileFields draft={file} onChange={setFile} workloads={chosen} clusters={clusters} />
            <GitFilePreview draft={file} workloads={chosen} lack={lack} />
          </>
        ) : null}
        {set.error ? <ProblemAlert error={set.error} /> : null}
        <Group justify="flex-end">
          {lack ? (
            <Text size="sm" c="dimmed">
              {lack}
            </Text>
          ) : null}
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button disabled={lack !== null} loading={set.isPending} onClick={save}>
            Set the delivery
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function delivered(workload: NamedWorkload, choice: Choice, draft: FileDraft): WorkloadDeliveryInput[] {
  if (choice === "environment") return [];
  const { api_version, kind, name } = workload.resource;
  const file = choice === "git" ? fileFor(draft, workload) : null;
  return [{ workload: { api_version, kind, name }, delivery: choice, file }];
}

const all: ImageDelivery[] = ["refuse", "helm", "argocd", "flux", "git", "as-owner", "direct"];

interface ChoicesProps {
  group: OwnerGroup;
  owned: ImageDelivery;
  value: Choice;
  onChange: (choice: Choice) => void;
}

/** All deliveries with what each does here; those that would work say the steps to get there. */
function Choices({ group, owned, value, onChange }: ChoicesProps) {
  // A file is written with a credential that belongs to no application.
  const noGit = useLack("administer");
  const chosen = group.possible.find(({ delivery }) => delivery === value);
  return (
    <Radio.Group label="How their new images reach them" value={value} onChange={(next) => onChange(next)}>
      <Stack gap={8} mt={6}>
        <Radio
          value="environment"
          label="As in the whole environment"
          description={
            group.owner === null
              ? "What is set for workloads of Helm, Argo CD or Flux does not hold for these: their images are written as before."
              : `${deliveryTitle[owned]}. ${deliverySentence(owned, group)}`
          }
        />
        {all.map((delivery) => {
          const proposed = group.possible.some((each) => each.delivery === delivery);
          const lack = delivery === "git" && value !== "git" ? noGit : null;
          return (
            <Radio
              key={delivery}
              value={delivery}
              label={`${deliveryTitle[delivery]}${proposed ? " (would work)" : ""}`}
              disabled={lack !== null}
              description={lack ?? deliverySentence(delivery, group)}
            />
          );
        })}
      </Stack>
      {chosen ? <Steps steps={chosen.steps} /> : null}
    </Radio.Group>
  );
}
