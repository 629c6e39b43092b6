import { Stack } from "@mantine/core";
import type { Gate } from "@/api/contract";
import { Note } from "./note";
import { Time } from "./time";

const titles: Record<Gate["kind"], string> = {
  freeze: "A freeze",
  hold: "A hold",
  stop: "An emergency stop",
  approval: "A missing approval",
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
                {titles[gate.kind]} is in the way
                {gate.until ? (
                  <>
                    ; it ends <Time at={gate.until} />
                  </>
                ) : null}
              </>
            }
          >
            <p>{gate.reason}</p>
            <p>{gate.opened_by}</p>
          </Note>
        </div>
      ))}
    </Stack>
  );
}
