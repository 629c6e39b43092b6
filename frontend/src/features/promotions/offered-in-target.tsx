import { listed } from "@/lib/words";
import { Note } from "@/ui/note";
import type { OfferedImage } from "./model";

/** Pushed images that are offered in the target and that this promotion does not bring: it may not bring the newest. */
export function OfferedInTarget({ images, target }: { images: readonly OfferedImage[]; target: string | null }) {
  if (images.length === 0) return null;
  return (
    <Note tone="plain" title={`Also offered in ${target ?? "the target"}`}>
      {images.map(({ tag, containers }) => (
        <p key={`${tag} ${containers.join()}`}>
          <code>{tag}</code> was pushed for {listed(containers)}. This promotion does not include it; deploy it from the
          pipeline.
        </p>
      ))}
    </Note>
  );
}
