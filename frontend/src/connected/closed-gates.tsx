import type { ClosedGate } from "@/api/contract";
import { useClosedGates } from "@/api/gates";
import { listed } from "@/lib/words";
import { Icon, type IconName } from "@/ui/icons";
import { kindWords } from "@/ui/statuses";
import { Time } from "@/ui/time";
import classes from "./closed-gates.module.css";

const looks: Record<ClosedGate["kind"], { title: string; icon: IconName }> = {
  freeze: { title: "Frozen", icon: "lock" },
  stop: { title: "Stopped", icon: "stop" },
  hold: { title: "On hold", icon: "pause" },
  approval: { title: "Takes approval", icon: "hand" },
  ring: { title: "Waits for a person", icon: "hand" },
};

/** What is closed for an application in an environment: until when, why, and who can open it. Nothing where all is open. */
export function ClosedGates({ application, environment }: { application: string; environment: string }) {
  const gates = useClosedGates(application, environment);
  if (gates.length === 0) return null;
  return (
    <ul className={classes.gates} aria-label={`Gates of ${environment}`}>
      {gates.map((gate, index) => (
        <GateLine key={gate.id ?? index} gate={gate} />
      ))}
    </ul>
  );
}

function GateLine({ gate: { kind, kinds, reason, until, opened_by: openedBy } }: { gate: ClosedGate }) {
  const { title, icon } = looks[kind];
  const approval = kind === "approval";
  return (
    <li className={classes.gate} data-kind={kind}>
      <Icon name={icon} size={14} />
      <div>
        <p>
          <strong>{title}</strong>
          {approval ? ` for ${listed(kinds.map((each) => kindWords[each].toLowerCase()))}` : ""}
          {until ? (
            <>
              ; it ends <Time at={until} />
            </>
          ) : null}
        </p>
        <p>{reason}</p>
        {approval ? null : <p className={classes.dim}>{openedBy}</p>}
        {kind === "freeze" ? <p className={classes.dim}>A roll-back passes it, with a reason.</p> : null}
      </div>
    </li>
  );
}
