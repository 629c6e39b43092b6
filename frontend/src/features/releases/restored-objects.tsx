import { Checkbox, Stack, Text } from "@mantine/core";
import type { Resource } from "@/api/contract";
import { sameResource } from "./restoring";

interface RestoredObjectsProps {
  objects: readonly Resource[];
  left: readonly Resource[];
  onToggle: (object: Resource) => void;
}

/** The ConfigMaps and Secrets that a rollback puts back, each of which can be left out. */
export function RestoredObjects({ objects, left, onToggle }: RestoredObjectsProps) {
  if (objects.length === 0) return null;
  return (
    <Stack gap={4} pl="1.75rem" role="group" aria-label="What is put back">
      <Text size="sm">Put back</Text>
      {objects.map((object) => (
        <Checkbox
          key={`${object.kind} ${object.name}`}
          label={`${object.kind} ${object.name}`}
          checked={!left.some((each) => sameResource(each, object))}
          onChange={() => onToggle(object)}
        />
      ))}
    </Stack>
  );
}
