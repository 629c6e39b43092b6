import { Progress } from "@mantine/core";
import type { OperationEvent } from "@/api/contract";
import { bytesOf } from "@/lib/bytes";
import { Section } from "@/ui/page";
import { StatusBadge } from "@/ui/status-badge";
import { copyStatus, imageCopiesOf, type ImageCopy } from "./image-copies";
import classes from "./hook-runs.module.css";

interface ImageCopiesProps {
  events: readonly OperationEvent[];
  ended: boolean;
}

/** The images that are copied to the environment's registry before a cluster is changed, and how far each has come. */
export function ImageCopies({ events, ended }: ImageCopiesProps) {
  const copies = imageCopiesOf(events, ended);
  if (copies.length === 0) return null;
  return (
    <Section title="Images copied first">
      <ol className={classes.runs}>
        {copies.map((copy) => (
          <Copy key={copy.target} copy={copy} />
        ))}
      </ol>
    </Section>
  );
}

function Copy({ copy }: { copy: ImageCopy }) {
  const { bytes } = copy;
  const status = copyStatus[copy.state];
  return (
    <li className={classes.run} data-tone={status.tone}>
      <div className={classes.head}>
        <strong>{copy.target}</strong>
        <StatusBadge status={status} />
        <span className={classes.place}>
          from {copy.source}
          {bytes && bytes.all > 0 ? `, ${bytesOf(bytes.done, bytes.all)}` : ""}
        </span>
      </div>
      {copy.state === "copying" && bytes && bytes.all > 0 ? (
        <Progress value={(100 * bytes.done) / bytes.all} aria-label={`Copied of ${copy.target}`} />
      ) : null}
    </li>
  );
}
