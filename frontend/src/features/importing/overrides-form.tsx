import { ActionIcon, Autocomplete, Button, Group, PasswordInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { SourceResource } from "@/api/contract";
import { Icon } from "@/ui/icons";
import classes from "./importing.module.css";
import type { Override } from "./model";

// Loaded with the first override of replicas: no other field of the page needs what it is made of.
const ReplicasField = lazy(() => import("./replicas-field"));

interface OverridesFormProps {
  items: readonly SourceResource[];
  lines: readonly Override[];
  onChange: (lines: readonly Override[]) => void;
}

const titles: Record<Override["type"], string> = {
  config: "ConfigMap key",
  secret: "Secret key",
  replicas: "Replicas",
  host: "Ingress host",
};

const blank: Record<Override["type"], Override> = {
  config: { type: "config", name: "", key: "", value: "" },
  secret: { type: "secret", name: "", key: "", value: "" },
  replicas: { type: "replicas", workload: "", replicas: 1 },
  host: { type: "host", from: "", to: "" },
};

/** The overrides, one line each. Secret values are never shown, neither the source's nor the typed ones. */
export function OverridesForm({ items, lines, onChange }: OverridesFormProps) {
  const put = (index: number, line: Override) => onChange(lines.map((each, at) => (at === index ? line : each)));
  return (
    <Stack gap="sm">
      {lines.length === 0 ? (
        <Text c="dimmed" size="sm">
          No value is overridden.
        </Text>
      ) : null}
      {lines.map((line, index) => (
        <div
          key={index}
          className={classes.override}
          role="group"
          aria-label={`${titles[line.type]}, override ${index + 1}`}
        >
          <span className={classes.kind}>{titles[line.type]}</span>
          <Fields line={line} items={items} onChange={(changed) => put(index, changed)} />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Remove override ${index + 1}`}
            onClick={() => onChange(lines.filter((_, at) => at !== index))}
          >
            <Icon name="cross" />
          </ActionIcon>
        </div>
      ))}
      <Group gap="xs">
        {(Object.keys(titles) as Override["type"][]).map((type) => (
          <Button
            key={type}
            variant="default"
            size="compact-sm"
            leftSection={<Icon name="plus" size={13} />}
            onClick={() => onChange([...lines, blank[type]])}
          >
            {titles[type]}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

interface FieldsProps {
  line: Override;
  items: readonly SourceResource[];
  onChange: (line: Override) => void;
}

function Fields({ line, items, onChange }: FieldsProps) {
  const names = (kind: string) =>
    items.filter(({ resource }) => resource.kind === kind).map(({ resource }) => resource.name);
  switch (line.type) {
    case "config":
    case "secret":
      return (
        <>
          <Autocomplete
            label={line.type === "config" ? "ConfigMap" : "Secret"}
            data={names(line.type === "config" ? "ConfigMap" : "Secret")}
            value={line.name}
            onChange={(name) => onChange({ ...line, name })}
          />
          <TextInput
            label="Key"
            value={line.key}
            onChange={(event) => onChange({ ...line, key: event.currentTarget.value })}
          />
          {line.type === "config" ? (
            <TextInput
              label="Value in the target"
              value={line.value}
              onChange={(event) => onChange({ ...line, value: event.currentTarget.value })}
            />
          ) : (
            <PasswordInput
              label="Value in the target"
              autoComplete="off"
              visibilityToggleButtonProps={{ "aria-label": "Show the value" }}
              value={line.value}
              onChange={(event) => onChange({ ...line, value: event.currentTarget.value })}
            />
          )}
        </>
      );
    case "replicas":
      return (
        <>
          <Select
            className={classes.wide}
            label="Workload"
            data={items
              .filter(
                ({ workload, resource }) =>
                  workload && (resource.kind === "Deployment" || resource.kind === "StatefulSet"),
              )
              .map(({ resource }) => `${resource.kind}/${resource.name}`)}
            value={line.workload || null}
            onChange={(workload) => onChange({ ...line, workload: workload ?? "" })}
          />
          <Suspense fallback={null}>
            <ReplicasField value={line.replicas} onChange={(replicas) => onChange({ ...line, replicas })} />
          </Suspense>
        </>
      );
    case "host":
      return (
        <>
          <TextInput
            className={classes.wide}
            label="Host in the source"
            placeholder="shop.dev.example"
            value={line.from}
            onChange={(event) => onChange({ ...line, from: event.currentTarget.value })}
          />
          <TextInput
            label="Host in the target"
            placeholder="shop.staging.example"
            value={line.to}
            onChange={(event) => onChange({ ...line, to: event.currentTarget.value })}
          />
        </>
      );
  }
}
