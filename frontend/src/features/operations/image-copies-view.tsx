import type { OperationEvent } from "@/api/contract";
import { ImageCopiesList } from "@/ui/image-copies/image-copies-list";
import { Section } from "@/ui/page";
import { imageCopiesOf } from "./image-copies";

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
      <ImageCopiesList copies={copies} />
    </Section>
  );
}
