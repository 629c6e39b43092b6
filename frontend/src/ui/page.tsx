import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import classes from "./page.module.css";

interface PageProps {
  /** Also the title of the browser tab. */
  title: string;
  /** Shown in place of the title, for a heading that contains more than text. */
  heading?: ReactNode;
  above?: ReactNode;
  below?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, heading, above, below, actions, children }: PageProps) {
  useDocumentTitle(`${title} · Stagecoach`);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div className={classes.titles}>
          {above ? <div className={classes.above}>{above}</div> : null}
          <h1 className={classes.title}>{heading ?? title}</h1>
          {below ? <div className={classes.below}>{below}</div> : null}
        </div>
        {actions ? <div className={classes.actions}>{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}

/** A section of a page with a heading. */
export function Section({
  title,
  actions,
  children,
  id,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
  id?: string;
}) {
  const headingId = id ?? `section-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
  return (
    <section className={classes.section} aria-labelledby={headingId}>
      <div className={classes.sectionHead}>
        <h2 id={headingId} className={classes.sectionTitle}>
          {title}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  );
}
