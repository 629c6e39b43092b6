import { Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Gate, RollbackRequest } from "@/api/contract";
import { asProblem } from "@/api/problem";

/** Why something is rolled back, and how long the hold that this sets keeps automation out. */
export function useRollBackReason() {
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState("");
  const part: Pick<RollbackRequest, "reason" | "hold_until"> = {
    reason: reason.trim() || null,
    ...(until ? { hold_until: new Date(until).toISOString() } : {}),
  };
  return { reason, setReason, until, setUntil, part };
}

interface RollBackFieldsProps {
  rollingBack: ReturnType<typeof useRollBackReason>;
  gates: readonly Gate[];
  /** Why the service refused to start. */
  refused: unknown;
}

/** Asks for the reason of a roll-back, which passes freezes, and for the end of its hold. */
export function RollBackFields({ rollingBack, gates, refused }: RollBackFieldsProps) {
  const frozen = gates.some(({ kind }) => kind === "freeze");
  const fault = (field: string) => (refused ? asProblem(refused).messageFor(field) : undefined);
  return (
    <Stack gap="sm">
      <Textarea
        label="Reason"
        description={
          frozen
            ? "A roll-back passes the freeze with a reason"
            : "It stands in the history, and at the hold that keeps automation from bringing back what you take away"
        }
        required={frozen}
        rows={2}
        maxLength={500}
        value={rollingBack.reason}
        onChange={(event) => rollingBack.setReason(event.currentTarget.value)}
        error={fault("reason")}
      />
      <TextInput
        type="datetime-local"
        label="The hold ends"
        description="By your clock; without it, when somebody lifts it"
        value={rollingBack.until}
        onChange={(event) => rollingBack.setUntil(event.currentTarget.value)}
        error={fault("hold_until")}
      />
    </Stack>
  );
}
