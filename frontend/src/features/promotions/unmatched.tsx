import type { UnmatchedContainer } from "@/api/contract";
import { Note } from "@/ui/note";
import classes from "./unmatched.module.css";

/** Containers that only one side has: named, so that nobody wonders where they are. */
export function Unmatched({ unmatched }: { unmatched: readonly UnmatchedContainer[] }) {
  if (unmatched.length === 0) return null;
  return (
    <Note title="Not part of this promotion">
      <ul className={classes.unmatched}>
        {unmatched.map(({ workload, container, side, suggestion }) => (
          <li key={`${side} ${workload.kind}/${workload.name} ${container}`}>
            <code>
              {workload.kind}/{workload.name}
            </code>{" "}
            <strong>{container}</strong> is only in the {side}.{suggestion ? ` Perhaps ${suggestion} is meant.` : ""}
          </li>
        ))}
      </ul>
    </Note>
  );
}
