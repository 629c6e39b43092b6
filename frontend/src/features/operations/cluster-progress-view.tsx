import { Note } from "@/ui/note";
import { StatusBadge } from "@/ui/status-badge";
import { Took } from "@/ui/time";
import classes from "./operation-page.module.css";
import type { ClusterProgress } from "./model";

/** The progress on one cluster: its status, the reason, and the latest state of each resource. */
export function ClusterProgressView({ progress, waves }: { progress: ClusterProgress; waves: boolean }) {
  return (
    <section className={classes.progress} data-tone={progress.status.tone} aria-label={`Cluster ${progress.cluster}`}>
      <header className={classes.progressHead}>
        <h2 className={classes.cluster}>{progress.cluster}</h2>
        <StatusBadge status={progress.status} />
        <span className={classes.progressTime}>
          {waves ? <>Wave {progress.wave + 1} · </> : null}
          {progress.startedAt ? <Took from={progress.startedAt} to={progress.endedAt} /> : "not started"}
        </span>
      </header>
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

/** Whether the detail is no reason for the outcome: of a success, it tells what is left to do, as deleting pods that stay. */
const isRemark = ({ outcome }: ClusterProgress): boolean => outcome === "succeeded" || outcome === "unchanged";
