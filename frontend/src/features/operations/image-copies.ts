/** The copies of images that an operation makes before it changes a cluster, as its events tell of them. Pure. */
import type { OperationEvent } from "@/api/contract";
import { copyState, type ImageCopy } from "@/ui/image-copies/image-copies";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Each image once, as the last event about it says. A copy that had not ended when the operation did was stopped. */
export function imageCopiesOf(events: readonly OperationEvent[], ended: boolean): ImageCopy[] {
  const copies = new Map<string, ImageCopy>();
  for (const { type, data } of events) {
    if (!type.startsWith("image-copy.")) continue;
    const { bytes, bytes_done: done } = data;
    const target = text(data.target);
    copies.set(target, {
      source: text(data.source),
      target,
      state: copyState(type === "image-copy.ended", ended),
      bytes:
        typeof bytes === "number" && typeof done === "number"
          ? { done, all: bytes }
          : (copies.get(target)?.bytes ?? null),
    });
  }
  return [...copies.values()];
}
