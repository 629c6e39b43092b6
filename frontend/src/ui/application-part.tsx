import { Group } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./application-part.module.css";

interface ApplicationPartProps {
  application: string;
  /** Its place in the order, from 0; null where all are changed at once. */
  place?: number | null;
  /** What stands beside its name. */
  beside?: ReactNode;
  children: ReactNode;
}

/** The part of a plan of several applications that is about one of them. */
export function ApplicationPart({ application, place = null, beside, children }: ApplicationPartProps) {
  return (
    <section className={classes.part} aria-label={application}>
      <Group justify="space-between">
        <h3 className={classes.name}>
          {place === null ? "" : `${place + 1}. `}
          {application}
        </h3>
        {beside}
      </Group>
      {children}
    </section>
  );
}
