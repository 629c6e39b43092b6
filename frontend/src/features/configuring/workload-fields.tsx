import { Button, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { removed, replaced } from "@/lib/lists";
import { Icon } from "@/ui/icons";
import { ContainerFields } from "./container-fields";
import classes from "./configuring.module.css";
import type { Container, Workload } from "./model";
import { newContainer } from "./writing";

interface WorkloadFieldsProps {
  workload: Workload;
  onChange: (workload: Workload) => void;
}

/** The fields of a workload, then those of each container. */
export function WorkloadFields({ workload, onChange }: WorkloadFieldsProps) {
  const set = (changes: Partial<Workload>) => onChange({ ...workload, ...changes });
  const setContainer = (index: number, container: Container) =>
    set({ containers: replaced(workload.containers, index, container) });
  const scaled = workload.kind === "Deployment" || workload.kind === "StatefulSet";
  return (
    <Stack gap="md">
      <div className={classes.fields}>
        <TextInput label="Name" value={workload.name} onChange={(event) => set({ name: event.currentTarget.value })} />
        {scaled ? (
          <NumberInput
            label="Replicas"
            min={0}
            max={10_000}
            allowDecimal={false}
            value={workload.replicas}
            onChange={(replicas) => set({ replicas: numberOr(replicas) })}
          />
        ) : null}
        {workload.kind === "CronJob" ? (
          <TextInput
            label="Schedule"
            placeholder="0 3 * * *"
            value={workload.schedule}
            onChange={(event) => set({ schedule: event.currentTarget.value })}
          />
        ) : null}
        <TextInput
          label="Service account"
          placeholder="default"
          value={workload.serviceAccount}
          onChange={(event) => set({ serviceAccount: event.currentTarget.value })}
        />
        <NumberInput
          label="Termination grace period (seconds)"
          placeholder="30"
          min={0}
          allowDecimal={false}
          value={workload.graceSeconds}
          onChange={(seconds) => set({ graceSeconds: numberOr(seconds) })}
        />
        <TextInput
          label="Node selector"
          placeholder="disk=ssd, zone=a"
          value={workload.nodeSelector}
          onChange={(event) => set({ nodeSelector: event.currentTarget.value })}
        />
        {workload.kind === "CronJob" ? null : (
          <Select
            label="Service type"
            allowDeselect={false}
            data={["ClusterIP", "NodePort", "LoadBalancer"]}
            value={workload.serviceType}
            onChange={(serviceType) => serviceType && set({ serviceType })}
          />
        )}
      </div>
      {workload.containers.map((container, index) => (
        <ContainerFields
          key={index}
          container={container}
          removable={workload.containers.length > 1}
          onChange={(changed) => setContainer(index, changed)}
          onRemove={() => set({ containers: removed(workload.containers, index) })}
        />
      ))}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="plus" size={13} />}
          onClick={() =>
            set({ containers: [...workload.containers, newContainer(`container-${workload.containers.length + 1}`)] })
          }
        >
          Add container
        </Button>
      </div>
    </Stack>
  );
}

const numberOr = (value: number | string): number | "" => (value === "" ? "" : Number(value));
