import { Select, Stack, Textarea, TextInput } from "@mantine/core";
import { policyLabels, type Policy, type StrategyText } from "./strategies";

interface StrategyFieldsProps {
  value: StrategyText;
  onChange: (value: StrategyText) => void;
  /** What cannot be read in it. */
  fault?: string | null | undefined;
}

/** A strategy: its rings, one line each, and what a failure means. */
export function StrategyFields({ value, onChange, fault }: StrategyFieldsProps) {
  return (
    <Stack gap="xs">
      <Textarea
        label="Rings"
        description="One line a ring, changed one after the other; without any, all clusters at once. First which clusters: 1, 25%, names, labels as region=eu, or rest. Then, after commas: soak 10m, check NAME, wait (for a person)."
        placeholder={"1, soak 10m\n25%, soak 10m\nrest"}
        autosize
        minRows={4}
        value={value.rings}
        onChange={(event) => onChange({ ...value, rings: event.currentTarget.value })}
        error={fault}
      />
      <Select
        label="If a ring fails"
        allowDeselect={false}
        data={Object.entries(policyLabels).map(([policy, label]) => ({ value: policy, label }))}
        value={value.policy}
        onChange={(policy) => policy && onChange({ ...value, policy: policy as Policy })}
      />
      {value.policy === "quorum" ? (
        <TextInput
          label="Clusters that have to be good"
          description="A number, or a percentage"
          placeholder="80%"
          value={value.quorum}
          onChange={(event) => onChange({ ...value, quorum: event.currentTarget.value })}
        />
      ) : null}
    </Stack>
  );
}
