import {
  Button,
  Chip,
  Group,
  Modal,
  MultiSelect,
  NativeSelect,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
} from "@mantine/core";
import { Textarea, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Freeze } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { allZones, browserZone, isWall } from "@/lib/zones";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { draftOf, forViewer, inputOf, lackOf, type Draft } from "./draft";
import classes from "./freezes.module.css";
import { useSaveFreeze } from "./mutations";
import { monthChoices, unitOf, weekdayNames, weekdays, type Recurrence, type Repeat } from "./recurrence";

interface FreezeDialogProps {
  /** The freeze to edit; null for a new one. */
  freeze: Freeze | null;
  applications: readonly string[];
  environments: readonly string[];
  onClose: () => void;
}

/** Creates a freeze, or edits one: its window by a wall clock, how it repeats, and where it holds. */
export function FreezeDialog({ freeze, applications, environments, onClose }: FreezeDialogProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(freeze));
  const [tried, setTried] = useState(false);
  const set = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const save = useSaveFreeze(freeze?.id ?? null);
  const fault = (field: string) => (save.error ? asProblem(save.error).messageFor(field) : undefined);
  const lack = lackOf(draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (lack === null) save.mutate(inputOf(draft), { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} size="lg" title={freeze ? `Edit ${freeze.name}` : "New freeze"}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            label="Name"
            required
            data-autofocus
            placeholder="Weekends"
            value={draft.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
            error={fault("name")}
          />
          <Stack gap={4}>
            <p className={classes.field}>While it is open</p>
            <SegmentedControl
              aria-label="While it is open"
              value={draft.effect}
              onChange={(effect) => set({ effect: effect })}
              data={[
                { value: "deny", label: "Nothing is deployed" },
                { value: "allow", label: "Only then something is deployed" },
              ]}
            />
          </Stack>
          <WindowFields draft={draft} set={set} fault={fault} />
          <RecurrenceFields draft={draft} onChange={(recurrence) => set({ recurrence })} error={fault("rrule")} />
          <PlaceFields draft={draft} set={set} applications={applications} environments={environments} fault={fault} />
          <Textarea
            label="Reason"
            description="People read it where the freeze is in their way"
            required
            rows={2}
            value={draft.reason}
            onChange={(event) => set({ reason: event.currentTarget.value })}
            error={fault("reason")}
          />
          {tried && lack !== null ? (
            <div role="status">
              <Note tone="warn" title={lack} />
            </div>
          ) : null}
          {save.error ? <ProblemAlert error={save.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {freeze ? "Save" : "Create freeze"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface FieldsProps {
  draft: Draft;
  set: (changes: Partial<Draft>) => void;
  fault: (field: string) => string | undefined;
}

function WindowFields({ draft, set, fault }: FieldsProps) {
  const viewer = browserZone();
  const mine = forViewer(draft, viewer, new Date());
  return (
    <>
      <div className={classes.row}>
        <TextInput
          type="datetime-local"
          label="Starts"
          required
          value={draft.starts}
          onChange={(event) => set({ starts: event.currentTarget.value })}
          error={fault("starts")}
        />
        <TextInput
          type="datetime-local"
          label="Ends"
          required
          value={draft.ends}
          onChange={(event) => set({ ends: event.currentTarget.value })}
          error={fault("ends")}
        />
      </div>
      <Select
        label="Time zone"
        description={
          mine ? `By your clock in ${viewer}: ${mine}` : "The clock on the wall there counts, also where it changes"
        }
        searchable
        allowDeselect={false}
        data={zonesWith(draft.zone)}
        limit={100}
        value={draft.zone}
        onChange={(zone) => zone && set({ zone })}
        error={fault("zone")}
      />
    </>
  );
}

/** The zone of a freeze may be one that this browser does not know. */
const zonesWith = (zone: string): string[] => [...new Set([zone, ...allZones()])];

const repeats: { value: Repeat; label: string }[] = [
  { value: "once", label: "Once" },
  { value: "daily", label: "Daily" },
  { value: "weekly", label: "Weekly" },
  { value: "monthly", label: "Monthly" },
  { value: "yearly", label: "Yearly" },
  { value: "custom", label: "By a rule of your own" },
];

interface RecurrenceFieldsProps {
  draft: Draft;
  onChange: (recurrence: Recurrence) => void;
  error: string | undefined;
}

function RecurrenceFields({ draft, onChange, error }: RecurrenceFieldsProps) {
  const { recurrence, starts } = draft;
  const set = (changes: Partial<Recurrence>) => onChange({ ...recurrence, ...changes });
  const unit = unitOf(recurrence.repeat);
  return (
    <>
      <div className={classes.row}>
        <NativeSelect
          label="Repeats"
          data={repeats}
          value={recurrence.repeat}
          onChange={(event) => set({ repeat: event.currentTarget.value as Repeat })}
          error={error}
        />
        {unit ? (
          <NumberInput
            label={`Every how many ${unit}s`}
            min={1}
            max={366}
            allowDecimal={false}
            value={recurrence.every}
            onChange={(every) => set({ every: Number(every) })}
          />
        ) : null}
        {recurrence.repeat === "monthly" && isWall(starts) ? (
          <NativeSelect
            label="On which day"
            data={monthChoices(starts)}
            value={recurrence.monthDay ?? ""}
            onChange={(event) => set({ monthDay: event.currentTarget.value || null })}
          />
        ) : null}
        {unit ? (
          <TextInput
            type="date"
            label="Last day"
            description="Without one: for good"
            value={recurrence.until ?? ""}
            onChange={(event) => set({ until: event.currentTarget.value || null })}
          />
        ) : null}
      </div>
      {recurrence.repeat === "weekly" ? (
        <Chip.Group multiple value={[...recurrence.days]} onChange={(days) => set({ days: days })}>
          <div
            className={classes.days7}
            role="group"
            aria-label="Starts on these days; without any, on the day of the start"
          >
            {weekdays.map((day) => (
              <Chip key={day} value={day} size="xs" aria-label={weekdayNames[day]}>
                {weekdayNames[day].slice(0, 3)}
              </Chip>
            ))}
          </div>
        </Chip.Group>
      ) : null}
      {recurrence.repeat === "custom" ? (
        <TextInput
          label="Recurrence rule"
          description="As RFC 5545 writes it; once a day at most"
          placeholder="FREQ=MONTHLY;BYMONTHDAY=-1"
          value={recurrence.rule}
          onChange={(event) => set({ rule: event.currentTarget.value })}
        />
      ) : null}
    </>
  );
}

interface PlaceFieldsProps extends FieldsProps {
  applications: readonly string[];
  environments: readonly string[];
}

function PlaceFields({ draft, set, fault, applications, environments }: PlaceFieldsProps) {
  return (
    <>
      <MultiSelect
        label="Environments"
        placeholder={draft.environments.length > 0 ? undefined : "All environments"}
        clearable
        searchable
        data={[...new Set([...environments, ...draft.environments])]}
        value={draft.environments}
        onChange={(value) => set({ environments: value })}
        error={fault("environments")}
      />
      <div className={classes.row}>
        <MultiSelect
          label="Applications"
          placeholder={draft.applications.length > 0 ? undefined : "All applications"}
          clearable
          searchable
          data={[...new Set([...applications, ...draft.applications])]}
          value={draft.applications}
          onChange={(value) => set({ applications: value })}
          error={fault("applications")}
        />
        <TextInput
          label="Only applications with labels"
          placeholder="team=shop"
          value={draft.labels}
          onChange={(event) => set({ labels: event.currentTarget.value })}
          error={fault("labels")}
        />
      </div>
    </>
  );
}
