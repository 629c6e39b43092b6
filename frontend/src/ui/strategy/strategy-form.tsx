import { Button, NumberInput, Select, Stack, Text } from "@mantine/core";
import type { StrategyPreview } from "@/api/contract";
import { briefly } from "@/lib/words";
import { Icon } from "@/ui/icons";
import { newRing, type RingDraft, type StrategyDraft } from "./draft";
import type { Faults } from "./faults";
import { RingFields } from "./ring-fields";
import classes from "./strategy.module.css";
import { policyLabels, type Policy } from "./words";

interface StrategyFormProps {
  draft: StrategyDraft;
  onChange: (draft: StrategyDraft) => void;
  /** The clusters of the environment by name. */
  clusters: readonly string[];
  /** The checks that may follow a ring, by name. */
  checks: readonly string[];
  /** The clusters that the service says each ring has; undefined while it says nothing. */
  allotted?: StrategyPreview | undefined;
  faults: Faults;
}

/** The rings of a strategy in their order, and what a failure means. */
export function StrategyForm({ draft, onChange, clusters, checks, allotted, faults }: StrategyFormProps) {
  const { rings, policy } = draft;
  const setRings = (changed: RingDraft[]) => onChange({ ...draft, rings: changed });
  const isLastTheRest = rings.at(-1)?.by === "remaining";
  const add = () =>
    setRings(
      rings.length === 0
        ? [newRing("size"), newRing("remaining")]
        : isLastTheRest
          ? [...rings.slice(0, -1), newRing("percent"), rings.at(-1)!]
          : [...rings, newRing("remaining")],
    );
  return (
    <Stack gap="sm">
      <Text size="sm">
        {rings.length === 0
          ? "All clusters are changed at once."
          : "The rings are changed one after the other. While a ring soaks, the health of everything that is changed so far is watched. What no ring has goes last."}
      </Text>
      {rings.length > 0 ? (
        <ol className={classes.list} aria-label="Rings">
          {rings.map((ring, index) => (
            <RingFields
              key={index}
              number={index + 1}
              last={index === rings.length - 1}
              ring={ring}
              clusters={clusters}
              checks={checks}
              allotted={allotted?.rings[index]}
              faults={faults.ofRing(index)}
              onChange={(changed) => setRings(rings.with(index, changed))}
              onMove={(by) => setRings(moved(rings, index, index + by))}
              onRemove={() => setRings(rings.toSpliced(index, 1))}
            />
          ))}
        </ol>
      ) : null}
      {rings.length > 0 && allotted && allotted.left_over.length > 0 ? (
        <Text size="sm">In no ring, so changed last: {briefly(allotted.left_over, 6)}</Text>
      ) : null}
      <div>
        <Button variant="default" size="compact-sm" leftSection={<Icon name="plus" size={14} />} onClick={add}>
          {rings.length === 0 ? "Change the clusters in rings" : "Add a ring"}
        </Button>
      </div>
      <div className={classes.fields}>
        <Select
          label={rings.length === 0 ? "If a cluster fails" : "If a ring fails"}
          allowDeselect={false}
          data={Object.entries(policyLabels).map(([value, label]) => ({ value: value as Policy, label }))}
          value={policy}
          onChange={(value) => value && onChange({ ...draft, policy: value })}
          error={faults.at("failure")[0] ?? faults.at("on_failure")[0]}
        />
        {policy === "quorum" ? <QuorumFields draft={draft} onChange={onChange} fault={faults.at("quorum")[0]} /> : null}
      </div>
      {faults.at("").map((fault) => (
        <p key={fault} className={classes.fault} role="alert">
          {fault}
        </p>
      ))}
    </Stack>
  );
}

interface QuorumFieldsProps {
  draft: StrategyDraft;
  onChange: (draft: StrategyDraft) => void;
  fault: string | undefined;
}

function QuorumFields({ draft, onChange, fault }: QuorumFieldsProps) {
  const { quorum } = draft;
  return (
    <div className={classes.soak}>
      <NumberInput
        label="Clusters that have to be good"
        min={1}
        max={quorum.percent ? 100 : undefined}
        allowDecimal={false}
        value={quorum.amount}
        onChange={(amount) => onChange({ ...draft, quorum: { ...quorum, amount } })}
        error={fault}
      />
      <Select
        aria-label="Unit of the quorum"
        allowDeselect={false}
        data={[
          { value: "percent", label: "%" },
          { value: "number", label: "clusters" },
        ]}
        value={quorum.percent ? "percent" : "number"}
        onChange={(unit) => onChange({ ...draft, quorum: { ...quorum, percent: unit === "percent" } })}
      />
    </div>
  );
}

/** The list with one entry in another place; the list itself beyond its ends. */
function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  if (to < 0 || to >= items.length) return [...items];
  return items.toSpliced(from, 1).toSpliced(to, 0, items[from]!);
}
