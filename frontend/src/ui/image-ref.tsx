import type { Image } from "@/api/contract";
import { shortDigest } from "@/lib/words";
import { CopyButton } from "./copy-button";
import classes from "./image-ref.module.css";

/** An image's tag and short digest, with the full reference as its title; `copy` adds a button that copies it. */
export function ImageRef({ image, copy = false }: { image: Image; copy?: boolean }) {
  return (
    <span className={classes.image} title={image.reference}>
      <span className={classes.tag}>{image.tag ?? "no tag"}</span>
      {image.digest ? <span className={classes.digest}>{shortDigest(image.digest)}</span> : null}
      {copy ? <CopyButton value={image.reference} what="the image's full reference" /> : null}
    </span>
  );
}
