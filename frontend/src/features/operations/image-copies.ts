/** The copies of images that an operation makes before it changes a cluster, as its events tell of them. Pure. */
import type { OperationEvent } from "@/api/contract";
import type { Status } from "@/ui/status-badge";

export interface ImageCopy {
  source: string;
  target: string;
  state: "copying" | "copied" | "stopped";
  /** Of what the registry lacked; null while nothing is known of it. */
  bytes: { done: number; all: number } | null;
}

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
      state: type === "image-copy.ended" ? "copied" : ended ? "stopped" : "copying",
      bytes:
        typeof bytes === "number" && typeof done === "number"
          ? { done, all: bytes }
          : (copies.get(target)?.bytes ?? null),
    });
  }
  return [...copies.values()];
}

export const copyStatus: Record<ImageCopy["state"], Status> = {
  copying: { label: "Copying", tone: "busy", icon: "spin" },
  copied: { label: "Copied", tone: "good", icon: "check" },
  stopped: { label: "Not copied", tone: "bad", icon: "cross" },
};
