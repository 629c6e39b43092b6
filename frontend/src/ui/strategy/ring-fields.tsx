import { Checkbox, MultiSelect, NumberInput, Select, TagsInput } from "@mantine/core";
import { briefly } from "@/lib/words";
import type { RingBy, RingDraft, SoakUnit } from "./draft";
import { Part } from "./part";
import classes from "./strategy.module.css";

export interface RingFieldsProps {
  number: number;
  last: boolean;
  ring: RingDraft;
  /** The clusters of the environment by name. */
  clusters: readonly string[];
  /** The checks that may follow it, by name. */
  checks: readonly string[];
  /** The clusters that the service says it has; undefined while it says nothing. */
  allotted: readonly string[] | undefined;
  faults: readonly string[];
  onChange: (ring: RingDraft) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

const byLabels: Record<RingBy, string> = {
  size: "A number of clusters",
  percent: "A percentage of the clusters",
  clusters: "Clusters by name",
  labels: "Clusters by labels",
  remaining: "All that no other ring has",
};

const units: { value: SoakUnit; label: string }[] = [
  { value: "s", label: "seconds" },
  { value: "min", label: "minutes" },
  { value: "h", label: "hours" },
];

/** How many clusters of a ring are named. */
const NAMED = 6;

/** One ring: which clusters it has, and what has to hold before the next one begins. */
export function RingFields(props: RingFieldsProps) {
  const { number, last, ring, clusters, checks, allotted, faults, onChange, onMove, onRemove } = props;
  const set = (changes: Partial<RingDraft>) => onChange({ ...ring, ...changes });
  return (
    <Part
      name={`ring ${number}`}
      title={`Ring ${number}`}
      faults={faults}
      first={number === 1}
      last={last}
      onMove={onMove}
      onRemove={onRemove}
    >
      <div className={classes.fields}>
        <Select
          label="Which clusters"
          allowDeselect={false}
          data={Object.entries(byLabels).map(([value, label]) => ({ value: value as RingBy, label }))}
          value={ring.by}
          onChange={(by) => by && set({ by, amount: by === "percent" ? 25 : 1 })}
        />
        <SelectorField ring={ring} clusters={clusters} set={set} />
        <div className={classes.soak}>
          <NumberInput label="Soaks for" min={0} value={ring.soak} onChange={(soak) => set({ soak })} />
          <Select
            aria-label="Unit of the soak"
            allowDeselect={false}
            data={units}
            value={ring.unit}
            onChange={(unit) => unit && set({ unit })}
          />
        </div>
        {checks.length > 0 ? (
          <MultiSelect
            label="Checks after it"
            placeholder={ring.checks.length > 0 ? undefined : "None"}
            data={[...checks]}
            value={ring.checks}
            onChange={(value) => set({ checks: value })}
          />
        ) : null}
      </div>
      {allotted ? (
        <p className={classes.allotted}>
          {allotted.length > 0 ? `Now: ${briefly(allotted, NAMED)}` : "No cluster is left for it now: it is left out."}
        </p>
      ) : null}
      {last && ring.by === "remaining" ? null : (
        <Checkbox
          label="Then a person continues"
          checked={ring.pauses}
          onChange={(event) => set({ pauses: event.currentTarget.checked })}
        />
      )}
    </Part>
  );
}

interface SelectorFieldProps {
  ring: RingDraft;
  clusters: readonly string[];
  set: (changes: Partial<RingDraft>) => void;
}

function SelectorField({ ring, clusters, set }: SelectorFieldProps) {
  switch (ring.by) {
    case "size":
      return (
        <NumberInput
          label="How many"
          min={1}
          allowDecimal={false}
          value={ring.amount}
          onChange={(amount) => set({ amount })}
        />
      );
    case "percent":
      return (
        <NumberInput
          label="How many"
          min={1}
          max={100}
          suffix=" %"
          allowDecimal={false}
          value={ring.amount}
          onChange={(amount) => set({ amount })}
        />
      );
    case "clusters":
      return (
        <MultiSelect
          label="Names"
          data={[...clusters]}
          value={ring.clusters}
          onChange={(value) => set({ clusters: value })}
        />
      );
    case "labels":
      return (
        <TagsInput
          label="Labels"
          placeholder={ring.labels.length > 0 ? undefined : "region=eu"}
          splitChars={[",", " "]}
          value={ring.labels}
          onChange={(labels) => set({ labels })}
        />
      );
    case "remaining":
      return null;
  }
}
