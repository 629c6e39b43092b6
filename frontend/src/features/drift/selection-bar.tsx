import { Button, Group, Text } from "@mantine/core";
import type { Divergence } from "@/api/contract";
import { RightButton } from "@/connected/right-button";
import { Icon } from "@/ui/icons";
import { convergingOf, type Converging } from "./converging";

interface SelectionBarProps {
  /** Of one app environment. */
  selected: readonly [Divergence, ...Divergence[]];
  /** All that differs there and can converge. */
  all: readonly [Divergence, ...Divergence[]];
  onConverge: (converging: Converging) => void;
  onClear: () => void;
}

/** What is done with the selected rows, together. */
export function SelectionBar({ selected, all, onConverge, onClear }: SelectionBarProps) {
  const [{ application, environment }] = selected;
  const at = { application, environment };
  return (
    <Group role="group" aria-label="Selected" mb="sm">
      <Text size="sm">
        {selected.length} of {all.length} selected of {application} in {environment}
      </Text>
      <RightButton
        needs="promote"
        at={at}
        size="compact-sm"
        leftSection={<Icon name="back" size={14} />}
        onClick={() => onConverge(convergingOf(selected, "these"))}
      >
        Converge selected
      </RightButton>
      <RightButton
        needs="promote"
        at={at}
        size="compact-sm"
        variant="default"
        onClick={() => onConverge(convergingOf(all, "all"))}
      >
        Converge all of {application} in {environment}
      </RightButton>
      <Button size="compact-sm" variant="subtle" onClick={onClear}>
        Clear
      </Button>
    </Group>
  );
}
