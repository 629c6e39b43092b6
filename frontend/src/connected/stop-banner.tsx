import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Stop } from "@/api/contract";
import { stopsQuery, useLiftStop } from "@/api/gates";
import { useRight } from "@/api/rights";
import { rightToStop, stoppedBy, stopSentence } from "@/lib/gates";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Icon } from "@/ui/icons";
import { Time } from "@/ui/time";
import classes from "./stops.module.css";

/** On every page while a stop is in force: what is stopped, who stopped it, why and since when. */
export function StopBanner() {
  const { data: stops = [] } = useQuery(stopsQuery);
  const [lifting, setLifting] = useState<Stop | null>(null);
  return (
    <>
      {stops.length > 0 ? (
        <section className={classes.banner} aria-label="Emergency stop in force">
          <div role="status">
            <ul className={classes.stops}>
              {stops.map((stop) => (
                <li key={stop.id} className={classes.stop}>
                  <Icon name="stop" size={18} />
                  <p className={classes.what}>
                    <strong>{stopSentence(stop)}.</strong> {stop.reason}{" "}
                    <span className={classes.who}>
                      Stopped by {stop.by.name} <Time at={stop.created_at} />.
                    </span>
                  </p>
                  <LiftButton stop={stop} onClick={() => setLifting(stop)} />
                </li>
              ))}
            </ul>
          </div>
        </section>
      ) : null}
      {lifting ? <LiftDialog stop={lifting} onClose={() => setLifting(null)} /> : null}
    </>
  );
}

function LiftButton({ stop, onClick }: { stop: Stop; onClick: () => void }) {
  const [right, where] = rightToStop(stop);
  if (!useRight(right, where)) return null;
  return (
    <Button size="compact-sm" variant="default" onClick={onClick}>
      Lift<span className="sc-unseen"> the stop of {stoppedBy(stop)}</span>
    </Button>
  );
}

function LiftDialog({ stop, onClose }: { stop: Stop; onClose: () => void }) {
  const lift = useLiftStop(stop.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Lift the stop of ${stoppedBy(stop)}?`}
      action="Lift the stop"
      pending={lift.isPending}
      error={lift.error}
      onConfirm={() => lift.mutate(undefined, { onSuccess: onClose })}
    >
      <Text>
        Automation goes on at once. Operations that the stop has paused wait: a person continues, undoes or cancels each
        on its page.
      </Text>
    </ConfirmDialog>
  );
}
