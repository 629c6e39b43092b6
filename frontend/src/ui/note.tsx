import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons";
import classes from "./note.module.css";

type Tone = "plain" | "warn" | "bad" | "busy" | "good";

const icons: Record<Tone, IconName> = { plain: "info", warn: "warning", bad: "warning", busy: "clock", good: "check" };

/** A static note on a page. An error after an action is a `ProblemAlert`, which screen readers announce. */
export function Note({ tone = "plain", title, children }: { tone?: Tone; title?: ReactNode; children?: ReactNode }) {
  return (
    <div className={classes.note} data-tone={tone}>
      <span className={classes.icon}>
        <Icon name={icons[tone]} />
      </span>
      <div className={classes.text}>
        {title ? <p className={classes.title}>{title}</p> : null}
        {children}
      </div>
    </div>
  );
}
