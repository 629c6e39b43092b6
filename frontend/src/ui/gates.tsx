import { Stack } from "@mantine/core";
import type { Gate } from "@/api/contract";
import { Note } from "./note";
import { Time } from "./time";

const titles: Record<Gate["kind"], string> = {
  freeze: "A freeze is in the way",
  hold: "A hold is in the way",
  stop: "An emergency stop is in the way",
  approval: "It takes approval",
  ring: "The strategy waits for a person",
};

/** The gates that are in the way: why, until when, and who can open them. */
export function Gates({ gates }: { gates: readonly Gate[] }) {
  if (gates.length === 0) return null;
  return (
    <Stack gap="xs" role="list" aria-label="Gates in the way">
      {gates.map((gate, index) => (
        <div key={gate.id ?? index} role="listitem">
          <Note
            tone={gate.kind === "stop" ? "bad" : "warn"}
            title={
              <>
                {titles[gate.kind]}
                {gate.until ? (
                  <>
                    ; it ends <Time at={gate.until} />
                  </>
                ) : null}
              </>
            }
          >
            <p>{gate.reason}</p>
            <p>{gate.kind === "approval" ? "It can be proposed: the last vote starts it." : gate.opened_by}</p>
          </Note>
        </div>
      ))}
    </Stack>
  );
}
