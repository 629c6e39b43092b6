import type { Operation } from "@/api/contract";
import { duration } from "@/lib/time";
import { count } from "@/lib/words";
import { useClock } from "@/ui/clock";
import { Icon, type IconName } from "@/ui/icons";
import { StatusBadge } from "@/ui/status-badge";
import classes from "./rings.module.css";
import { leftOf, ringViews, type RingStep, type RingView } from "./rings";

interface RingsViewProps {
  operation: Pick<Operation, "clusters">;
  rings: NonNullable<Operation["rings"]>;
  ended: boolean;
  /** Whose rings, where the page shows those of several applications. */
  of?: string;
}

const SHOWN = 6; // clusters of a ring: more are counted by what they are doing

/** The rings of an operation from the first to the last, what each has to prove, and the soak that runs down. */
export function RingsView({ operation, rings, ended, of }: RingsViewProps) {
  return (
    <ol className={classes.rings} aria-label={of ? `Rings of ${of}` : "Rings"}>
      {ringViews(rings, operation.clusters, ended).map((ring) => (
        <li key={ring.number} className={classes.ring} data-tone={ring.status.tone}>
          <div className={classes.head}>
            <strong>Ring {ring.number}</strong>
            <StatusBadge status={ring.status} />
          </div>
          <Clusters clusters={ring.clusters} />
          {ring.soak ? <Soak soak={ring.soak} number={ring.number} /> : null}
          {ring.steps.length > 0 ? <Steps steps={ring.steps} /> : null}
        </li>
      ))}
    </ol>
  );
}

function Clusters({ clusters }: Pick<RingView, "clusters">) {
  if (clusters.length > SHOWN) {
    const by = new Map<string, number>();
    for (const { status } of clusters) by.set(status.label, (by.get(status.label) ?? 0) + 1);
    return (
      <p className={classes.many}>
        {count(clusters.length, "cluster")}: {[...by].map(([label, of]) => `${of} ${label.toLowerCase()}`).join(", ")}
      </p>
    );
  }
  return (
    <ul className={classes.clusters}>
      {clusters.map(({ name, status }) => (
        <li key={name}>
          <StatusBadge quiet status={{ ...status, label: name }} hint={status.label} />
        </li>
      ))}
    </ul>
  );
}

/** A bar that grows shorter. Its text is beside it, so nothing depends on the drawing. */
function Soak({ soak, number }: { soak: NonNullable<RingView["soak"]>; number: number }) {
  const words = useClock((now) => duration(new Date(soak.ends).getTime() - now));
  const percent = useClock((now) => Math.round(leftOf(soak, now) * 100));
  return (
    <div className={classes.soak}>
      <div
        className={classes.track}
        role="progressbar"
        aria-label={`Soak of ring ${number}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={`${words} left`}
      >
        <span className={classes.left} style={{ width: `${percent}%` }} />
      </div>
      <span className="sc-numbers">{words} left</span>
    </div>
  );
}

const stepIcons: Record<RingStep["state"], IconName> = { open: "clock", now: "right", done: "check" };
const stepWords: Record<RingStep["state"], string> = { open: "to come", now: "now", done: "done" };

function Steps({ steps }: Pick<RingView, "steps">) {
  return (
    <ul className={classes.steps}>
      {steps.map(({ what, state }) => (
        <li key={what} data-state={state}>
          <Icon name={stepIcons[state]} size={12} /> {what}
          <span className="sc-unseen">, {stepWords[state]}</span>
        </li>
      ))}
    </ul>
  );
}
