import { Checkbox } from "@mantine/core";

/** Whether workloads that read a changed ConfigMap or Secret are restarted; the preview names them either way. */
export function RestartChoice({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <Checkbox
      label="Restart workloads that read what is changed"
      description="Pods read variables once, as they start. They are replaced as each workload's own strategy says, and watched."
      checked={checked}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
