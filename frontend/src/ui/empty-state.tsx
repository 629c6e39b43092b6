import type { ReactNode } from "react";
import classes from "./empty-state.module.css";

/** Shown in place of an empty list: why it is empty, and what to do next. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <svg className={classes.drawing} viewBox="0 0 220 28" aria-hidden="true">
        <path d="M4 22C50 22 60 8 110 8s60 14 106 14" />
        <circle cx="4" cy="22" r="3" />
        <circle cx="110" cy="8" r="3" />
        <circle cx="216" cy="22" r="3" />
      </svg>
      <h2 className={classes.title}>{title}</h2>
      {children ? <div className={classes.text}>{children}</div> : null}
      {action}
    </div>
  );
}
