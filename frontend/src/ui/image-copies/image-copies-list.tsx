import { Progress } from "@mantine/core";
import { bytesOf } from "@/lib/bytes";
import { StatusBadge } from "@/ui/status-badge";
import classes from "./image-copies.module.css";
import { copyStatus, type ImageCopy } from "./image-copies";

interface ImageCopiesListProps {
  copies: readonly ImageCopy[];
  /** What the list is called, where no heading above it says so. */
  label?: string;
}

/** Images that are copied to another registry, and how far each has come. */
export function ImageCopiesList({ copies, label }: ImageCopiesListProps) {
  return (
    <ol className={classes.copies} aria-label={label}>
      {copies.map((copy) => (
        <Copy key={copy.target} copy={copy} />
      ))}
    </ol>
  );
}

function Copy({ copy }: { copy: ImageCopy }) {
  const { bytes } = copy;
  const status = copyStatus[copy.state];
  return (
    <li className={classes.copy} data-tone={status.tone}>
      <div className={classes.head}>
        <strong>{copy.target}</strong>
        <StatusBadge status={status} />
        <span className={classes.source}>
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
