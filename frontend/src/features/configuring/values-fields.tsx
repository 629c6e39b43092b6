import { ActionIcon, Button, PasswordInput, Stack, Textarea, TextInput } from "@mantine/core";
import { removed, replaced } from "@/lib/lists";
import { Icon } from "@/ui/icons";
import classes from "./configuring.module.css";
import type { KeyValues } from "./model";

/** The keys and values of a ConfigMap or Secret. A Secret's values are hidden while typed. */
export function ValuesFields({ values, onChange }: { values: KeyValues; onChange: (values: KeyValues) => void }) {
  const set = (data: KeyValues["data"]) => onChange({ ...values, data });
  return (
    <Stack gap="sm">
      <div className={classes.fields}>
        <TextInput
          label="Name"
          value={values.name}
          onChange={(event) => onChange({ ...values, name: event.currentTarget.value })}
        />
      </div>
      <div className={classes.lines}>
        {values.data.map(([key, value], index) => (
          <div key={index} className={classes.line} role="group" aria-label={`Key ${key || index + 1}`}>
            <TextInput
              label="Key"
              value={key}
              onChange={(event) => set(replaced(values.data, index, [event.currentTarget.value, value]))}
            />
            {values.kind === "Secret" ? (
              <PasswordInput
                className={classes.wide}
                label="Value"
                autoComplete="off"
                visibilityToggleButtonProps={{ "aria-label": "Show the value" }}
                value={value}
                onChange={(event) => set(replaced(values.data, index, [key, event.currentTarget.value]))}
              />
            ) : (
              <Textarea
                className={classes.wide}
                label="Value"
                autosize
                minRows={1}
                maxRows={8}
                value={value}
                onChange={(event) => set(replaced(values.data, index, [key, event.currentTarget.value]))}
              />
            )}
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Remove key ${key || index + 1}`}
              onClick={() => set(removed(values.data, index))}
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
            onClick={() => set([...values.data, [freeKey(values.data), ""]])}
          >
            Add key
          </Button>
        </div>
      </div>
    </Stack>
  );
}

// In YAML the keys belong to one object: two equal keys would become one.
function freeKey(data: KeyValues["data"]): string {
  const taken = new Set(data.map(([key]) => key));
  let number = data.length + 1;
  while (taken.has(`key-${number}`)) number += 1;
  return `key-${number}`;
}
