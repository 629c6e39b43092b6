import type { Direction } from "@/lib/images-plan";
import { StatusBadge, type Status } from "./status-badge";

const statuses: Record<Direction, Status | null> = {
  upgrade: { label: "newer", tone: "good", icon: "up" },
  downgrade: { label: "downgrade", tone: "warn", icon: "down" },
  same: { label: "same tag, other image", tone: "idle", icon: "refresh" },
  unknown: null,
};

/** Whether another image is newer or older, as far as that is known; nothing where it is not. */
export function DirectionBadge({ direction }: { direction: Direction }) {
  const status = statuses[direction];
  return status ? <StatusBadge quiet status={status} /> : null;
}
