import { NumberInput, Select, Textarea } from "@mantine/core";
import type { JobText } from "./job-text";
import { jobLack } from "./job-text";
import classes from "./strategy.module.css";

type Scope = "environment" | "cluster";

interface JobFieldsProps {
  job: JobText & { scope: Scope };
  onChange: (changes: Partial<JobText & { scope: Scope }>) => void;
}

const scopes: { value: Scope; label: string }[] = [
  { value: "environment", label: "Once, on one cluster" },
  { value: "cluster", label: "On each cluster" },
];

/** A Job as YAML, where it runs, and how long it may take. */
export function JobFields({ job, onChange }: JobFieldsProps) {
  const lack = jobLack(job);
  return (
    <>
      <div className={classes.fields}>
        <Select
          label="Runs"
          allowDeselect={false}
          data={scopes}
          value={job.scope}
          onChange={(scope) => scope && onChange({ scope })}
        />
        <NumberInput
          label="May take"
          min={0}
          suffix=" min"
          value={job.minutes}
          onChange={(minutes) => onChange({ minutes })}
        />
      </div>
      <Textarea
        className={classes.yaml}
        label="Job"
        description="YAML of a Job (batch/v1). $(image) is the new image, $(image:web) that of container web. It is shown to all who see the environment: let it read secrets from a Secret of its namespace."
        autosize
        minRows={6}
        maxRows={20}
        spellCheck={false}
        value={job.manifest}
        onChange={(event) => onChange({ manifest: event.currentTarget.value })}
        error={lack}
      />
    </>
  );
}
