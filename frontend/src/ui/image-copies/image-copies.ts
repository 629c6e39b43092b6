/** How the copy of an image between registries is shown. Pure. */
import type { Status } from "@/ui/status-badge";

export interface ImageCopy {
  source: string;
  target: string;
  state: "copying" | "copied" | "stopped";
  /** Of what the registry lacked; null while nothing is known of it. */
  bytes: { done: number; all: number } | null;
}

/** A copy that has not come to its end when its operation has was stopped. */
export function copyState(copied: boolean, operationEnded: boolean): ImageCopy["state"] {
  if (copied) return "copied";
  return operationEnded ? "stopped" : "copying";
}

export const copyStatus: Record<ImageCopy["state"], Status> = {
  copying: { label: "Copying", tone: "busy", icon: "spin" },
  copied: { label: "Copied", tone: "good", icon: "check" },
  stopped: { label: "Not copied", tone: "bad", icon: "cross" },
};
