import type { UnmatchedContainer } from "@/api/contract";
import { Note } from "@/ui/note";
import classes from "./unmatched.module.css";

/** Containers that exist in the source or in the target only, so that the promotion does not change them. */
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
            <strong>{container}</strong> exists in the {side} only.
            {suggestion ? ` Did you mean ${suggestion}?` : ""}
          </li>
        ))}
      </ul>
    </Note>
  );
}
