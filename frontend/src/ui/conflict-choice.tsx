import { Radio, Stack } from "@mantine/core";
import type { OnConflict } from "@/api/contract";

const choices: { value: OnConflict; label: string; description: string }[] = [
  { value: "fail", label: "Stop", description: "Nothing is written anywhere; the preview says where it differs." },
  { value: "keep", label: "Keep what is there", description: "Only what is missing is created." },
  { value: "overwrite", label: "Overwrite it", description: "What is there takes the new content, whoever wrote it." },
];

/** What becomes of objects that are in the target already and differ. */
export function ConflictChoice({ value, onChange }: { value: OnConflict; onChange: (value: OnConflict) => void }) {
  return (
    <Radio.Group label="Where the target has something else already" value={value} onChange={(next) => onChange(next)}>
      <Stack gap={6} mt={6}>
        {choices.map((choice) => (
          <Radio key={choice.value} {...choice} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
