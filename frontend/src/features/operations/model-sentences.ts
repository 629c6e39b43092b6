/** What an entry of a timeline says, in a sentence. Pure. */
import type { OperationEvent, Outcome } from "@/api/contract";
import { outcomeStatus } from "@/ui/statuses";
import { shortResource } from "./model";

const words = (value: unknown): string => (typeof value === "string" ? value : "");
const because = (data: OperationEvent["data"]): string => {
  const reason = words(data.detail) || words(data.message) || words(data.reason);
  return reason ? `: ${reason}` : "";
};

export function sentenceOf(event: OperationEvent): string {
  const { data } = event;
  const what = event.resource ? shortResource(event.resource) : "Namespace";
  switch (event.type) {
    case "operation.queued":
      return "Accepted";
    case "operation.started":
      return "Started";
    case "operation.cancel-requested":
      return `Cancelling was asked for${words(data.by) ? ` by ${words(data.by)}` : ""}`;
    case "operation.retried":
      return `Tried again${words(data.by) ? ` by ${words(data.by)}` : ""}`;
    case "operation.resumed":
      return "Taken up again after the service was restarted";
    case "operation.ended":
      return `Ended${words(data.state) ? `, ${words(data.state)}` : ""}${because(data)}`;
    case "cluster.started":
      return "Begun";
    case "cluster.ended":
      return `${outcomeStatus[data.outcome as Outcome]?.label ?? "Ended"}${because(data)}`;
    case "resource.applied":
      return `${what} ${data.action === "unchanged" ? "is as it should be" : "applied"}`;
    case "images.changed":
      return `${what} was given its new images`;
    case "rollout.progressed":
      return `${what} ${words(data.state) || "moves on"}${because(data)}`;
    case "undo.started":
      return `Going back to the former images${because(data)}`;
  }
}
