import { Button, Group, Menu, Stack, Text } from "@mantine/core";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Note } from "@/ui/note";
import classes from "./configuring.module.css";
import { added, without, workloadKinds, type Content, type Entry } from "./model";
import { ValuesFields } from "./values-fields";
import { WorkloadFields } from "./workload-fields";
import { newValues, newWorkload, withValues, withWorkload } from "./writing";

interface ContentFormProps {
  text: string;
  content: Content;
  onChange: (text: string) => void;
}

/** The form over the YAML. Each change in the form is written to the YAML at once. */
export function ContentForm({ text, content, onChange }: ContentFormProps) {
  if (content.errors.length > 0) {
    return (
      <Note tone="warn" title="The YAML is invalid">
        <p>Fix the errors to edit the manifests in this form again.</p>
      </Note>
    );
  }
  return (
    <Stack gap="md">
      {content.entries.length === 0 ? (
        <EmptyState title="No manifests yet">
          <p>Add a workload, or paste manifests as YAML.</p>
        </EmptyState>
      ) : null}
      {content.entries.map((entry) => (
        <EntryView key={entry.document} entry={entry} text={text} onChange={onChange} />
      ))}
      <AddButtons onAdd={(manifest) => onChange(added(text, manifest))} content={content} />
    </Stack>
  );
}

function EntryView({ entry, text, onChange }: { entry: Entry; text: string; onChange: (text: string) => void }) {
  const title = titleOf(entry);
  return (
    <section className={classes.entry} aria-label={title}>
      <header className={classes.entryHead}>
        <h3>{title}</h3>
        <Button size="compact-sm" variant="subtle" color="red" onClick={() => onChange(without(text, entry))}>
          Remove<span className="sc-unseen"> {title}</span>
        </Button>
      </header>
      <EntryFields entry={entry} text={text} onChange={onChange} />
    </section>
  );
}

function titleOf(entry: Entry): string {
  switch (entry.type) {
    case "workload":
      return `${entry.workload.kind} ${entry.workload.name}`;
    case "values":
      return `${entry.values.kind} ${entry.values.name}`;
    case "other":
      return `${entry.kind} ${entry.name}`;
  }
}

function EntryFields({ entry, text, onChange }: { entry: Entry; text: string; onChange: (text: string) => void }) {
  switch (entry.type) {
    case "workload":
      return (
        <WorkloadFields
          workload={entry.workload}
          onChange={(after) => onChange(withWorkload(text, entry.document, entry.workload, after))}
        />
      );
    case "values":
      return (
        <ValuesFields
          values={entry.values}
          onChange={(after) => onChange(withValues(text, entry.document, entry.values, after))}
        />
      );
    case "other":
      return (
        <Text c="dimmed" size="sm">
          The form has no fields for this kind. Edit it in the YAML.
        </Text>
      );
  }
}

function AddButtons({ content, onAdd }: { content: Content; onAdd: (manifest: object) => void }) {
  const free = (stem: string) => {
    const taken = new Set(content.entries.map((entry) => titleOf(entry).split(" ").at(-1)));
    let name = stem;
    for (let number = 2; taken.has(name); number += 1) name = `${stem}-${number}`;
    return name;
  };
  return (
    <Group gap="xs">
      <Menu>
        <Menu.Target>
          <Button variant="default" leftSection={<Icon name="plus" />} rightSection={<Icon name="down" size={12} />}>
            Add workload
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {workloadKinds.map((kind) => (
            <Menu.Item key={kind} onClick={() => onAdd(newWorkload(kind, free("web")))}>
              {kind}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button
        variant="default"
        leftSection={<Icon name="plus" />}
        onClick={() => onAdd(newValues("ConfigMap", free("settings")))}
      >
        Add ConfigMap
      </Button>
      <Button
        variant="default"
        leftSection={<Icon name="plus" />}
        onClick={() => onAdd(newValues("Secret", free("credentials")))}
      >
        Add Secret
      </Button>
    </Group>
  );
}
