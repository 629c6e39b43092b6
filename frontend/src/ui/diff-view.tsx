import type { FieldChange } from "@/api/contract";
import { comparisonWords, shownValue } from "@/lib/changes";
import { Icon } from "./icons";
import classes from "./diff-view.module.css";

const signs = { added: "Added", removed: "Removed", changed: "Changed" } as const;

/** The changed fields with their values before and after. For a Secret's keys it shows how the values compare, no values. */
export function DiffView({ changes }: { changes: readonly FieldChange[] }) {
  return (
    <ul className={classes.changes}>
      {changes.map((change) => (
        <li key={change.path} className={classes.change} data-kind={change.kind}>
          <div className={classes.path}>
            <span className={classes.kind}>{signs[change.kind]}</span>
            <code>{change.path}</code>
          </div>
          {change.comparison ? (
            <div className={classes.secret}>
              <Icon name="lock" size={13} /> {comparisonWords[change.comparison]}
            </div>
          ) : (
            <div className={classes.values}>
              {change.kind !== "added" ? <Value sign="−" name="before" value={change.before} /> : null}
              {change.kind !== "removed" ? <Value sign="+" name="after" value={change.after} /> : null}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

function Value({ sign, name, value }: { sign: string; name: "before" | "after"; value: unknown }) {
  return (
    <div className={classes.value} data-side={name}>
      <span aria-hidden="true">{sign}</span>
      <span className="sc-unseen">{name}: </span>
      <pre>{shownValue(value)}</pre>
    </div>
  );
}
