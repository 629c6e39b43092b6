import { NumberInput } from "@mantine/core";

interface ReplicasFieldProps {
  value: number;
  onChange: (replicas: number) => void;
}

/** How many replicas a workload gets in the target. */
export default function ReplicasField({ value, onChange }: ReplicasFieldProps) {
  return (
    <NumberInput
      label="Replicas in the target"
      min={0}
      max={10_000}
      allowDecimal={false}
      value={value}
      onChange={(replicas) => onChange(Number(replicas) || 0)}
    />
  );
}
