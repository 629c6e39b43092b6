import { Checkbox, Textarea } from "@mantine/core";
import { useState } from "react";
import type { DeployRequest } from "@/api/contract";
import { useRight, type Where } from "@/api/rights";
import { Note } from "@/ui/note";

/** The part of a request by which it starts without the approvals that it takes; empty unless its user asks for that. */
export type BreakGlassPart = Pick<DeployRequest, "break_glass">;

/** Whether a change is started without approvals, and why: for those who hold the right to break the glass there. */
export function useBreakGlass(at: Where) {
  const held = useRight("break-glass", at);
  const [ticked, choose] = useState(false);
  const [text, setReason] = useState("");
  const chosen = held && ticked;
  const reason = text.trim();
  const part: BreakGlassPart = chosen && reason ? { break_glass: { reason } } : {};
  return { held, chosen, choose, text, setReason, reason, part };
}

export type BreakGlass = ReturnType<typeof useBreakGlass>;

/** Offers to start without approvals, says how loud that is, and asks for the reason. */
export function BreakGlassFields({ glass }: { glass: BreakGlass }) {
  return (
    <>
      <Checkbox
        color="red"
        label="Start without approvals"
        description="For emergencies. You hold the right break-glass here"
        checked={glass.chosen}
        onChange={(event) => glass.choose(event.currentTarget.checked)}
      />
      {glass.chosen ? (
        <>
          <Note tone="bad" title="It starts at once, and it is loud">
            <p>
              The audit log records that you broke the glass, with your reason. Every channel that takes the
              notification “Break-glass used” is told. Freezes and stops still hold.
            </p>
          </Note>
          <Textarea
            label="Reason"
            description="Why this cannot wait for approvals"
            required
            rows={2}
            maxLength={500}
            value={glass.text}
            onChange={(event) => glass.setReason(event.currentTarget.value)}
          />
        </>
      ) : null}
    </>
  );
}
