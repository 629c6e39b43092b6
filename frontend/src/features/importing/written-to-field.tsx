import { Radio, Stack } from "@mantine/core";
import type { CopyDelivery, GitFolder } from "@/api/contract";

interface WrittenToFieldProps {
  folder: GitFolder;
  value: CopyDelivery;
  onChange: (value: CopyDelivery) => void;
}

/** Whether an import writes files of the environment's Git folder, or objects on its clusters. */
export function WrittenToField({ folder: { repository, branch, path }, value, onChange }: WrittenToFieldProps) {
  return (
    <Radio.Group label="Where the copies are written" value={value} onChange={(next) => onChange(next)}>
      <Stack gap={6} mt={6}>
        <Radio
          value="git"
          label="To Git"
          description={`Files in ${path} on ${branch} of ${repository}. Whatever delivers from there applies them; Secrets are never among them.`}
        />
        <Radio
          value="cluster"
          label="To the clusters"
          description="Objects, as without a Git folder. What delivers from the folder may undo them."
        />
      </Stack>
    </Radio.Group>
  );
}
