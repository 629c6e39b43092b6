import { Checkbox, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Strategy } from "@/api/contract";
import { asText, strategyOf, strategySummary, type OwnStrategy } from "./strategies";
import { StrategyFields } from "./strategy-fields";

interface OwnStrategyChoiceProps {
  own: OwnStrategy;
  /** Another strategy, or null for the environment's own. */
  onChange: (strategy: Strategy | null) => void;
}

/** The environment's strategy, and another one in its place where a person asks for it. */
export function OwnStrategyChoice({ own, onChange }: OwnStrategyChoiceProps) {
  const [text, setText] = useState<ReturnType<typeof asText> | null>(null);
  const asked = text && strategyOf(text, own);
  const change = (now: ReturnType<typeof asText> | null) => {
    setText(now);
    const read = now && strategyOf(now, own);
    onChange(read && !("fault" in read) ? read : null);
  };
  return (
    <Stack gap="xs">
      <Text size="sm">Goes ring by ring: {strategySummary(own)}</Text>
      <Checkbox
        checked={text !== null}
        onChange={(event) => change(event.currentTarget.checked ? asText(own) : null)}
        label="By another strategy (a less careful one takes the right to maintain)"
      />
      {text ? (
        <StrategyFields value={text} onChange={change} fault={asked && "fault" in asked ? asked.fault : null} />
      ) : null}
    </Stack>
  );
}
