import type { Stop } from "@/api/contract";
import { exactTime } from "@/lib/time";
import { Note } from "@/ui/note";
import { StatusBadge, type Status } from "@/ui/status-badge";
import { Took } from "@/ui/time";
import classes from "./operation-page.module.css";
import type { ClusterProgress } from "./model";

interface ClusterProgressViewProps {
  progress: ClusterProgress;
  waves: boolean;
  /** In force here. A cluster where the operation has ended lacks nothing because of it. */
  stop?: Stop | null;
}

/** The progress on one cluster: its status, the reason, and the latest state of each resource. */
export function ClusterProgressView({ progress, waves, stop = null }: ClusterProgressViewProps) {
  const inForce = progress.outcome === null ? stop : null;
  const status = inForce ? stopped(inForce) : progress.status;
  return (
    <section className={classes.progress} data-tone={status.tone} aria-label={`Cluster ${progress.cluster}`}>
      <header className={classes.progressHead}>
        <h2 className={classes.cluster}>{progress.cluster}</h2>
        <StatusBadge status={status} />
        <span className={classes.progressTime}>
          {waves ? <>Ring {progress.wave + 1} · </> : null}
          {progress.startedAt ? <Took from={progress.startedAt} to={progress.endedAt} /> : "not started"}
        </span>
      </header>
      {inForce ? (
        <div className={classes.reason}>
          <p>
            {inForce.reason} (It was {progress.status.label.toLowerCase()} before.)
          </p>
        </div>
      ) : null}
      {progress.detail ? (
        <div className={classes.reason}>
          {isRemark(progress) ? <Note>{progress.detail}</Note> : <p>{progress.detail}</p>}
        </div>
      ) : null}
      {progress.items.length > 0 ? (
        <ul className={classes.items}>
          {progress.items.map((item) => (
            <li key={item.name} className={classes.item}>
              <span className={classes.itemName}>{item.name}</span>
              <StatusBadge status={item.status} quiet />
              {item.change ? <span className={classes.itemChange}>{item.change}</span> : null}
              {item.note ? <span className={classes.itemNote}>{item.note}</span> : null}
            </li>
          ))}
        </ul>
      ) : (
        <p className={classes.nothing}>
          {progress.outcome ? "No resource was changed." : "No resource has been changed yet."}
        </p>
      )}
    </section>
  );
}

/** As in "Stopped by Ada, 12:03". */
const stopped = ({ by, created_at: at }: Stop): Status => ({
  label: `Stopped by ${by.name}, ${exactTime(new Date(at))}`,
  tone: "bad",
  icon: "lock",
});

/** Whether the detail is no reason for the outcome: of a success, it tells what is left to do, as deleting pods that stay. */
const isRemark = ({ outcome }: ClusterProgress): boolean => outcome === "succeeded" || outcome === "unchanged";
