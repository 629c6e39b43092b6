/** The text of a timeline event. Pure. */
import type { OperationEvent, Outcome } from "@/api/contract";
import { listed } from "@/lib/words";
import { bytesOf } from "@/lib/bytes";
import { outcomeStatus } from "@/ui/statuses";
import { shortResource } from "./model";

const words = (value: unknown): string => (typeof value === "string" ? value : "");
const reasonOf = (data: OperationEvent["data"]): string => {
  const reason = words(data.detail) || words(data.message) || words(data.reason);
  return reason ? `: ${reason}` : "";
};

const amountOf = ({ bytes, bytes_done }: OperationEvent["data"]): string =>
  typeof bytes === "number" && typeof bytes_done === "number" ? bytesOf(bytes_done, bytes) : "";

const ringOf = (data: OperationEvent["data"]): string => (typeof data.ring === "number" ? String(data.ring) : "");
const endOf = (type: string, data: OperationEvent["data"]): string =>
  type.endsWith("started") ? "started" : data.passed === true ? "passed" : "failed";

/** The clusters had not answered before. */
const caughtUp = ({ clusters }: OperationEvent["data"]): string => {
  const names = Array.isArray(clusters) ? clusters.map(words) : [];
  return `Retried by itself: ${listed(names)} answered again and ${names.length > 1 ? "catch" : "catches"} up`;
};

export function sentenceOf(event: OperationEvent): string {
  const { data } = event;
  const what = event.resource_ref ? shortResource(event.resource_ref) : "Namespace";
  switch (event.type) {
    case "operation.queued":
      return "Queued";
    case "operation.started":
      return "Started";
    case "operation.cancel-requested":
      return `Cancellation requested${words(data.by) ? ` by ${words(data.by)}` : ""}`;
    case "operation.retried":
      return data.cause === "catch-up" ? caughtUp(data) : `Retried${words(data.by) ? ` by ${words(data.by)}` : ""}`;
    case "operation.resumed":
      return "Resumed after a restart of Stagecoach";
    case "operation.paused":
      return `Paused${reasonOf(data)}`;
    case "operation.continued":
      return `Continued${words(data.by) ? ` by ${words(data.by)}` : ""}`;
    case "operation.undo-requested":
      return `Undo requested${words(data.by) ? ` by ${words(data.by)}` : ""}`;
    case "operation.ended":
      return `Ended${words(data.state) ? `, ${words(data.state)}` : ""}${reasonOf(data)}`;
    case "cluster.started":
      return "Started";
    case "cluster.ended":
      return `${outcomeStatus[data.outcome as Outcome]?.label ?? "Ended"}${reasonOf(data)}`;
    case "resource.applied":
      return `${what} ${data.action === "unchanged" ? "unchanged" : "applied"}`;
    case "images.changed":
      return `${what}: new images ${words(data.owner) ? `handed over to ${words(data.owner)}` : "set"}`;
    case "rollout.progressed":
      return `${what}: ${words(data.state) || "progressing"}${reasonOf(data)}`;
    case "undo.started":
      return `Undo started: restoring the previous images${reasonOf(data)}`;
    case "soak.started":
      return `Ring ${ringOf(data)} soaks: the health of all changed clusters is watched`;
    case "soak.ended":
      return `Ring ${ringOf(data)}: the soak ${data.passed === true ? "passed" : "failed"}`;
    case "check.started":
    case "check.ended":
      return `Check ${words(data.name)} ${endOf(event.type, data)}${reasonOf(data)}`;
    case "hook.started":
    case "hook.ended":
      return `Hook ${words(data.name)} ${endOf(event.type, data)}${reasonOf(data)}`;
    case "image-copy.started":
      return `Copying ${words(data.source)} to ${words(data.target)}`;
    case "image-copy.progressed":
      return `${words(data.target)}: ${amountOf(data)} copied`;
    case "image-copy.ended":
      return data.blobs === 0
        ? `${words(data.target)} was there already`
        : `${words(data.target)} is copied: ${amountOf(data)}`;
  }
}
