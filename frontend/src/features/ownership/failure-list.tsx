import type { Failed } from "./model";
import classes from "./ownership.module.css";

export function FailureList({ failed }: { failed: readonly Failed[] }) {
  return (
    <ul className={classes.failures}>
      {failed.map(({ where, detail }) => (
        <li key={where}>
          <strong>{where}</strong>: {detail}
        </li>
      ))}
    </ul>
  );
}
