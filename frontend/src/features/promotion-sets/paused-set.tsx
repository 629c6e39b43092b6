import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { PromotionSet } from "@/api/contract";
import { stopsQuery } from "@/api/gates";
import { RightButton } from "@/connected/right-button";
import { stillStopped } from "@/lib/gates";
import { Gates } from "@/ui/gates";
import { Icon } from "@/ui/icons";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { Time } from "@/ui/time";
import { isCancelling, pausedBy, setEnded } from "./model";
import { useDecision } from "./set-actions";

/** Why a set is paused, since when, and who can open what is in its way; a person continues it. */
export function PausedSet({ set }: { set: PromotionSet }) {
  const { data: stops = [] } = useQuery(stopsQuery);
  const proceed = useDecision(set.id);
  const { since, gates } = pausedBy(set);
  if (since === null || setEnded(set)) return null;
  const decided = isCancelling(set) ? "The set is already being cancelled." : null;
  return (
    <section aria-label="Paused">
      <Note
        tone="warn"
        title={
          <>
            Paused <Time at={since} />
          </>
        }
      >
        <Gates gates={gates} />
        <p>The end of a gate continues nothing by itself: a person continues, rolls back or cancels the set.</p>
        {proceed.error ? <ProblemAlert error={proceed.error} /> : null}
        <Group>
          <RightButton
            needs="promote"
            at={{ application: set.members[0]?.application ?? "", environment: set.environment }}
            leftSection={<Icon name="right" />}
            loading={proceed.isPending}
            blocked={decided ?? stillStopped(gates, stops)}
            onClick={() => proceed.mutate("continue")}
          >
            Continue
          </RightButton>
        </Group>
      </Note>
    </section>
  );
}
