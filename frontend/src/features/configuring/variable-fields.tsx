import { ActionIcon, Button, Select, TextInput } from "@mantine/core";
import { removed, replaced } from "@/lib/lists";
import { Icon } from "@/ui/icons";
import classes from "./configuring.module.css";
import type { Variable } from "./model";

type Source = Exclude<Variable["type"], "other">;

const sources: { value: Source; label: string }[] = [
  { value: "value", label: "Value" },
  { value: "config", label: "From a ConfigMap" },
  { value: "secret", label: "From a Secret" },
];

/** Environment variables, with a value or with a reference to a key of a ConfigMap or Secret. */
export function VariableFields({
  variables,
  onChange,
}: {
  variables: readonly Variable[];
  onChange: (variables: Variable[]) => void;
}) {
  return (
    <div className={classes.lines}>
      {variables.map((variable, index) => (
        <div key={index} className={classes.line} role="group" aria-label={`Variable ${variable.name || index + 1}`}>
          <TextInput
            label="Variable"
            value={variable.name}
            readOnly={variable.type === "other"}
            onChange={(event) => onChange(replaced(variables, index, { ...variable, name: event.currentTarget.value }))}
          />
          {variable.type === "other" ? (
            <TextInput label="Source" readOnly value="Set in the YAML" />
          ) : (
            <SourceFields variable={variable} onChange={(changed) => onChange(replaced(variables, index, changed))} />
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Remove variable ${variable.name || index + 1}`}
            onClick={() => onChange(removed(variables, index))}
          >
            <Icon name="cross" />
          </ActionIcon>
        </div>
      ))}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="plus" size={13} />}
          onClick={() => onChange([...variables, { type: "value", name: "", value: "" }])}
        >
          Add variable
        </Button>
      </div>
    </div>
  );
}

function SourceFields({
  variable,
  onChange,
}: {
  variable: Exclude<Variable, { type: "other" }>;
  onChange: (variable: Variable) => void;
}) {
  const change = (type: Source) =>
    onChange(
      type === "value" ? { type, name: variable.name, value: "" } : { type, name: variable.name, from: "", key: "" },
    );
  return (
    <>
      <Select
        label="Source"
        allowDeselect={false}
        data={sources}
        value={variable.type}
        onChange={(type) => type && change(type)}
      />
      {variable.type === "value" ? (
        <TextInput
          className={classes.wide}
          label="Value"
          value={variable.value}
          onChange={(event) => onChange({ ...variable, value: event.currentTarget.value })}
        />
      ) : (
        <>
          <TextInput
            label={variable.type === "config" ? "ConfigMap" : "Secret"}
            value={variable.from}
            onChange={(event) => onChange({ ...variable, from: event.currentTarget.value })}
          />
          <TextInput
            label="Key"
            value={variable.key}
            onChange={(event) => onChange({ ...variable, key: event.currentTarget.value })}
          />
        </>
      )}
    </>
  );
}
