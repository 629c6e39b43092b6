import { StatusBadge } from "@/ui/status-badge";
import { Took } from "@/ui/time";
import classes from "./operation-page.module.css";
import type { Lane } from "./model";

/** One cluster's part: its state, why, and each resource with the newest that is known of it. */
export function LaneView({ lane, waves }: { lane: Lane; waves: boolean }) {
  return (
    <section className={classes.lane} data-tone={lane.status.tone} aria-label={`Cluster ${lane.cluster}`}>
      <header className={classes.laneHead}>
        <h2 className={classes.cluster}>{lane.cluster}</h2>
        <StatusBadge status={lane.status} />
        <span className={classes.laneTime}>
          {waves ? <>wave {lane.wave + 1} · </> : null}
          {lane.startedAt ? <Took from={lane.startedAt} to={lane.endedAt} /> : "not started"}
        </span>
      </header>
      {lane.detail ? <p className={classes.reason}>{lane.detail}</p> : null}
      {lane.items.length > 0 ? (
        <ul className={classes.items}>
          {lane.items.map((item) => (
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
          {lane.outcome ? "Nothing was changed here." : "Nothing has been done here yet."}
        </p>
      )}
    </section>
  );
}
