import { SegmentedControl, Stack, Text } from "@mantine/core";

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  data: { value: Value; label: string }[];
}

/** One of a few values side by side, under a label. */
export function Choice<Value extends string>({ label, ...control }: ChoiceProps<Value>) {
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {label}
      </Text>
      <SegmentedControl aria-label={label} {...control} />
    </Stack>
  );
}
