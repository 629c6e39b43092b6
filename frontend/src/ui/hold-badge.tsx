import type { Hold } from "@/api/contract";
import { holdHint } from "@/lib/gates";
import { StatusBadge, type Status } from "./status-badge";

const onHold: Status = { label: "On hold", tone: "warn", icon: "pause" };

/** A mark of a hold for dense tables; its hint says until when and why. */
export function HoldBadge({ hold }: { hold: Pick<Hold, "until" | "reason"> }) {
  return <StatusBadge quiet status={onHold} hint={holdHint(hold)} />;
}
