import { Select, TextInput } from "@mantine/core";
import type { HookDraft } from "./hook-draft";
import { JobFields } from "./job-fields";
import { Part } from "./part";
import classes from "./strategy.module.css";

interface HookFieldsProps {
  hook: HookDraft;
  faults: readonly string[];
  onChange: (hook: HookDraft) => void;
  onRemove: () => void;
}

const moments = [
  { value: "before", label: "Before the change" },
  { value: "after", label: "After the change" },
] as const;

/** One hook: a Job before the change, such as a migration, or after it. */
export function HookFields({ hook, faults, onChange, onRemove }: HookFieldsProps) {
  const set = (changes: Partial<HookDraft>) => onChange({ ...hook, ...changes });
  return (
    <Part name={`hook ${hook.name}`} title="Job" faults={faults} onRemove={onRemove}>
      <div className={classes.fields}>
        <TextInput
          label="Name"
          description="Small letters, digits and hyphens"
          value={hook.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <Select
          label="When"
          description="A hook that fails stops its ring"
          allowDeselect={false}
          data={moments}
          value={hook.when}
          onChange={(when) => when && set({ when })}
        />
      </div>
      <JobFields job={hook} onChange={set} />
    </Part>
  );
}
