import { Radio, Stack } from "@mantine/core";
import type { OnConflict } from "@/api/contract";

const choices: { value: OnConflict; label: string; description: string }[] = [
  { value: "fail", label: "Stop", description: "Write nothing. The preview lists the differences." },
  { value: "keep", label: "Keep existing", description: "Create only the resources that are missing." },
  {
    value: "overwrite",
    label: "Overwrite existing",
    description: "Replace the content of existing resources, including fields that other tools manage.",
  },
];

/** How a copy treats resources that already exist in the target with other content. */
export function ConflictChoice({ value, onChange }: { value: OnConflict; onChange: (value: OnConflict) => void }) {
  return (
    <Radio.Group
      label="If a resource exists in the target with other content"
      value={value}
      onChange={(next) => onChange(next)}
    >
      <Stack gap={6} mt={6}>
        {choices.map((choice) => (
          <Radio key={choice.value} {...choice} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
