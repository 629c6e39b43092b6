import { CopyButton } from "./copy-button";
import classes from "./copy-line.module.css";

/** An address or a secret to paste elsewhere: one click selects it, the button copies it. */
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
