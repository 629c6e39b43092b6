import { Stack } from "@mantine/core";
import { useState } from "react";
import type { RepairedCluster } from "@/api/contract";
import { RightButton } from "@/connected/right-button";
import { count } from "@/lib/words";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Note } from "@/ui/note";
import { FailureList } from "./failure-list";
import { givenBack, type PlacedWorkload } from "./model";
import { useGiveBack } from "./mutations";
import classes from "./ownership.module.css";
import { WorkloadNames } from "./workload-names";

interface GiveBackProps {
  application: string;
  environment: string;
  taken: readonly PlacedWorkload[];
  blocked: string | null;
}

/** The workloads whose images an earlier version took from their owner, and the button that gives them back. */
export function GiveBack({ application, environment, taken, blocked }: GiveBackProps) {
  const giveBack = useGiveBack(application, environment);
  const [asking, setAsking] = useState(false);
  const ask = () => {
    giveBack.reset();
    setAsking(true);
  };
  return (
    <>
      {giveBack.data ? <Result repaired={giveBack.data} /> : null}
      {taken.length > 0 ? (
        <Note tone="warn" title="An earlier version of Stagecoach took fields from their owner">
          <p>
            The next <code>helm upgrade</code> or <code>kubectl apply --server-side</code> of these workloads fails with
            a conflict, because Stagecoach holds their images. Giving them back changes no image.
          </p>
          <WorkloadNames workloads={taken} />
          <div>
            <RightButton
              needs="maintain"
              at={{ application, environment }}
              size="compact-sm"
              variant="default"
              blocked={blocked}
              onClick={ask}
            >
              Give fields back
            </RightButton>
          </div>
        </Note>
      ) : null}
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Give fields back in ${environment}?`}
        action="Give fields back"
        destructive={false}
        pending={giveBack.isPending}
        error={giveBack.error}
        onConfirm={() => giveBack.mutate(undefined, { onSuccess: () => setAsking(false) })}
      >
        <Stack gap="xs">
          <p className={classes.question}>
            Stagecoach removes itself as a field manager of {count(taken.length, "workload")}, so that the owner's next
            upgrade or apply works again. It changes nothing else and restarts nothing.
          </p>
          <WorkloadNames workloads={taken} />
        </Stack>
      </ConfirmDialog>
    </>
  );
}

function Result({ repaired }: { repaired: readonly RepairedCluster[] }) {
  const { workloads, failed } = givenBack(repaired);
  return (
    <div className={classes.results} role={failed.length > 0 ? "alert" : "status"}>
      {workloads.length > 0 || failed.length === 0 ? (
        <Note
          tone="good"
          title={workloads.length > 0 ? "The fields were given back" : "There was nothing left to give back"}
        >
          <WorkloadNames workloads={workloads} />
        </Note>
      ) : null}
      {failed.length > 0 ? (
        <Note tone="bad" title="Some fields could not be given back">
          <FailureList failed={failed} />
        </Note>
      ) : null}
    </div>
  );
}
