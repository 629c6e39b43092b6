import type { EnvironmentOverview } from "@/api/contract";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import classes from "./pipeline.module.css";

/** The newest pushed image that automation cannot bring to this environment, and why. */
export function BlockedPush({ environment: { environment, blocked } }: { environment: EnvironmentOverview }) {
  if (!blocked) return null;
  return (
    <section className={classes.blocked} aria-label={`Blocked in ${environment}`}>
      <p className={classes.pushedTag}>
        <StatusBadge quiet status={{ label: "Not deployed", tone: "bad", icon: "warning" }} /> {blocked.tag}
      </p>
      <p className={classes.blockedWhy}>{blocked.reason ?? blocked.code}</p>
      <p className={classes.dim}>
        Pushed <Time at={blocked.discovered_at} />. It is tried again by itself.
      </p>
    </section>
  );
}
