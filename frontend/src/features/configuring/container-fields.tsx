import { ActionIcon, Button, Checkbox, Group, NumberInput, TextInput } from "@mantine/core";
import { removed, replaced } from "@/lib/lists";
import { Icon } from "@/ui/icons";
import classes from "./configuring.module.css";
import type { Container } from "./model";
import { VariableFields } from "./variable-fields";

interface ContainerFieldsProps {
  container: Container;
  removable: boolean;
  onChange: (container: Container) => void;
  onRemove: () => void;
}

export function ContainerFields({ container, removable, onChange, onRemove }: ContainerFieldsProps) {
  const set = (changes: Partial<Container>) => onChange({ ...container, ...changes });
  const text = (
    label: string,
    field: "cpuRequest" | "cpuLimit" | "memoryRequest" | "memoryLimit",
    placeholder: string,
  ) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={container[field]}
      onChange={(event) => set({ [field]: event.currentTarget.value })}
    />
  );
  return (
    <fieldset className={classes.container}>
      <legend className={classes.legend}>Container {container.name}</legend>
      <div className={classes.fields}>
        <TextInput label="Name" value={container.name} onChange={(event) => set({ name: event.currentTarget.value })} />
        <TextInput
          className={classes.wide}
          label="Image"
          placeholder="registry.example/shop/web:1.4.2"
          value={container.image}
          onChange={(event) => set({ image: event.currentTarget.value })}
        />
        {text("CPU request", "cpuRequest", "100m")}
        {text("CPU limit", "cpuLimit", "500m")}
        {text("Memory request", "memoryRequest", "128Mi")}
        {text("Memory limit", "memoryLimit", "256Mi")}
        <WordsField label="Command" words={container.command} onChange={(command) => set({ command })} />
        <WordsField label="Arguments" words={container.args} onChange={(args) => set({ args })} />
      </div>
      <Ports container={container} onChange={onChange} />
      <VariableFields variables={container.env} onChange={(env) => set({ env })} />
      <Group justify="space-between">
        <Checkbox
          label="Init container"
          checked={container.init}
          onChange={(event) => set({ init: event.currentTarget.checked })}
        />
        {removable ? (
          <Button size="compact-sm" variant="subtle" color="red" onClick={onRemove}>
            Remove container {container.name}
          </Button>
        ) : null}
      </Group>
    </fieldset>
  );
}

/** A command line split at spaces. Words that contain spaces can be edited in the YAML only. */
function WordsField({
  label,
  words,
  onChange,
}: {
  label: string;
  words: string[];
  onChange: (words: string[]) => void;
}) {
  const complex = words.some((word) => /\s/.test(word));
  return (
    <TextInput
      label={label}
      placeholder="As in the image"
      disabled={complex}
      description={complex ? "Contains words with spaces: edit it in the YAML." : undefined}
      value={words.join(" ")}
      onChange={(event) =>
        onChange(event.currentTarget.value.split(" ").filter((word, index) => word !== "" || index > 0))
      }
      onBlur={() => onChange(words.filter((word) => word !== ""))}
    />
  );
}

function Ports({ container, onChange }: Pick<ContainerFieldsProps, "container" | "onChange">) {
  const set = (ports: Container["ports"]) => onChange({ ...container, ports });
  return (
    <div className={classes.lines}>
      {container.ports.map((port, index) => (
        <div key={index} className={classes.line} role="group" aria-label={`Port ${index + 1} of ${container.name}`}>
          <PortField
            label="Container port"
            value={port.container}
            onChange={(value) => set(replaced(container.ports, index, { ...port, container: value }))}
          />
          <PortField
            label="Service port"
            value={port.service}
            onChange={(value) => set(replaced(container.ports, index, { ...port, service: value }))}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Remove port ${index + 1}`}
            onClick={() => set(removed(container.ports, index))}
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
          onClick={() => set([...container.ports, { container: 8080, service: "" }])}
        >
          Add port
        </Button>
      </div>
    </div>
  );
}

function PortField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: number | "";
  onChange: (value: number | "") => void;
}) {
  return (
    <NumberInput
      label={label}
      min={1}
      max={65_535}
      allowDecimal={false}
      value={value}
      onChange={(next) => onChange(next === "" ? "" : Number(next))}
    />
  );
}
