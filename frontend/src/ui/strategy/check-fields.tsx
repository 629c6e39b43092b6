import { NumberInput, Select, TagsInput, TextInput } from "@mantine/core";
import { checkKinds, type CheckDraft } from "./check-draft";
import { JobFields } from "./job-fields";
import { Part } from "./part";
import classes from "./strategy.module.css";

interface CheckFieldsProps {
  check: CheckDraft;
  faults: readonly string[];
  onChange: (check: CheckDraft) => void;
  onRemove: () => void;
}

interface FieldsProps {
  check: CheckDraft;
  set: (changes: Partial<CheckDraft>) => void;
}

/** One check: a Job that has to complete, an HTTP request with an expectation, or a Prometheus query with a bound. */
export function CheckFields({ check, faults, onChange, onRemove }: CheckFieldsProps) {
  const set = (changes: Partial<CheckDraft>) => onChange({ ...check, ...changes });
  return (
    <Part name={`check ${check.name}`} title={checkKinds[check.kind]} faults={faults} onRemove={onRemove}>
      <TextInput
        label="Name"
        description="Small letters, digits and hyphens; rings name it"
        value={check.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      {check.kind === "http" ? <HttpFields check={check} set={set} /> : null}
      {check.kind === "prometheus" ? <PrometheusFields check={check} set={set} /> : null}
      {check.kind === "job" ? <JobFields job={check} onChange={set} /> : null}
    </Part>
  );
}

function HttpFields({ check, set }: FieldsProps) {
  return (
    <>
      <TextInput
        label="Address"
        placeholder="https://shop.example.com/healthz"
        value={check.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
      />
      <div className={classes.fields}>
        <Select
          label="Method"
          allowDeselect={false}
          data={["GET", "HEAD"] as const}
          value={check.method}
          onChange={(method) => method && set({ method })}
        />
        <TagsInput
          label="Expected statuses"
          splitChars={[",", " "]}
          value={check.statuses}
          onChange={(statuses) => set({ statuses })}
        />
        <WindowFields check={check} set={set} window="Has to answer so within" />
      </div>
      {check.method === "GET" ? (
        <div className={classes.fields}>
          <TextInput
            label="The body contains"
            placeholder="Anything"
            value={check.contains}
            onChange={(event) => set({ contains: event.currentTarget.value })}
          />
          <TextInput
            label="JSON pointer"
            placeholder="/version"
            value={check.pointer}
            onChange={(event) => set({ pointer: event.currentTarget.value })}
          />
          <TextInput
            label="Value there"
            placeholder="1.4.0"
            value={check.value}
            onChange={(event) => set({ value: event.currentTarget.value })}
          />
        </div>
      ) : null}
    </>
  );
}

const comparisons = [
  { value: "<", label: "less than" },
  { value: "<=", label: "at most" },
  { value: ">", label: "more than" },
  { value: ">=", label: "at least" },
  { value: "==", label: "equal to" },
] as const;

const noData = [
  { value: "fail", label: "Fails" },
  { value: "pass", label: "Passes" },
  { value: "wait", label: "Waits for values" },
] as const;

function PrometheusFields({ check, set }: FieldsProps) {
  return (
    <>
      <TextInput
        label="Address of Prometheus"
        placeholder="https://prometheus.example.com"
        value={check.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
      />
      <TextInput
        className={classes.yaml}
        label="Query"
        placeholder="sum(rate(http_errors_total[5m]))"
        value={check.query}
        onChange={(event) => set({ query: event.currentTarget.value })}
      />
      <div className={classes.fields}>
        <Select
          label="Every value is"
          allowDeselect={false}
          data={comparisons}
          value={check.comparison}
          onChange={(comparison) => comparison && set({ comparison })}
        />
        <NumberInput label="Bound" value={check.bound} onChange={(bound) => set({ bound })} />
        <Select
          label="Without values it"
          allowDeselect={false}
          data={noData}
          value={check.noData}
          onChange={(value) => value && set({ noData: value })}
        />
        <WindowFields check={check} set={set} window="Through" />
      </div>
    </>
  );
}

function WindowFields({ check, set, window: label }: FieldsProps & { window: string }) {
  return (
    <>
      <NumberInput
        label={label}
        min={1}
        suffix=" s"
        allowDecimal={false}
        value={check.window}
        onChange={(window) => set({ window })}
      />
      <NumberInput
        label="Asked every"
        min={1}
        suffix=" s"
        allowDecimal={false}
        value={check.every}
        onChange={(every) => set({ every })}
      />
    </>
  );
}
