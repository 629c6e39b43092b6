import { CopyButton } from "./copy-button";
import classes from "./copy-line.module.css";

/** Something to be carried elsewhere, an address or a secret: in full, selected by one click, copied by another. */
export function CopyLine({ label, value, what }: { label: string; value: string; what: string }) {
  return (
    <div className={classes.part}>
      <span className={classes.label}>{label}</span>
      <div className={classes.line}>
        <code>{value}</code>
        <CopyButton value={value} what={what} />
      </div>
    </div>
  );
}
