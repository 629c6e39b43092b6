import { ActionIcon, Button, Checkbox, Stack, Text, TextInput } from "@mantine/core";
import type { Environment } from "@/api/contract";
import { Icon } from "@/ui/icons";
import classes from "./environments.module.css";

type Mapping = Environment["image_mappings"][number];

interface ImageMappingsFieldsProps {
  mappings: readonly Mapping[];
  onChange: (mappings: Mapping[]) => void;
  /** What the service says about a member of the request. */
  fault: (field: string) => string | undefined;
}

/** The names under which this environment pulls what is promoted into it: from another registry, or through a mirror. */
export function ImageMappingsFields({ mappings, onChange, fault }: ImageMappingsFieldsProps) {
  const set = (index: number, changes: Partial<Mapping>) =>
    onChange(mappings.with(index, { ...mappings[index]!, ...changes }));
  return (
    <Stack gap="xs" role="group" aria-label="Names of images">
      <Text size="sm" fw={600}>
        Names of images
      </Text>
      <Text size="sm" c="dimmed">
        Where this environment pulls from another registry or a mirror: promoted images that begin with the first name
        are written with the second one, with the same tag and digest.
      </Text>
      {mappings.map((mapping, index) => (
        <div key={index} className={classes.mapping} role="group" aria-label={`Name ${index + 1}`}>
          <TextInput
            label="Where it comes from"
            placeholder="registry.dev.example"
            value={mapping.source}
            onChange={(event) => set(index, { source: event.currentTarget.value })}
            error={fault(`image_mappings[${index}].source`) ?? fault(`image_mappings[${index}]`)}
          />
          <TextInput
            label="Here"
            placeholder="registry.prod.example"
            value={mapping.target}
            onChange={(event) => set(index, { target: event.currentTarget.value })}
            error={fault(`image_mappings[${index}].target`)}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            aria-label={`Remove name ${index + 1}`}
            onClick={() => onChange(mappings.toSpliced(index, 1))}
          >
            <Icon name="cross" />
          </ActionIcon>
          <Checkbox
            className={classes.copyFirst}
            label="Copy images there first"
            description="Needs both under Registries, the second with a credential that may push."
            checked={mapping.copy_first}
            onChange={(event) => set(index, { copy_first: event.currentTarget.checked })}
          />
        </div>
      ))}
      {fault("image_mappings") ? (
        <Text size="sm" c="red" role="alert">
          {fault("image_mappings")}
        </Text>
      ) : null}
      <div>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => onChange([...mappings, { source: "", target: "", copy_first: false }])}
        >
          Add a name
        </Button>
      </div>
    </Stack>
  );
}
