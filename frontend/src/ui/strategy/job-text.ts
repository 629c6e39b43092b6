/** Jobs of hooks and checks as YAML. Pure. */
import { parse, stringify, YAMLParseError } from "yaml";
import type { HookInput } from "./draft";

type Job = HookInput["job"];

export interface JobText {
  /** YAML of a Job of batch/v1. */
  manifest: string;
  /** How long it may take. Text while it is typed. */
  minutes: number | string;
}

const start = `apiVersion: batch/v1
kind: Job
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: main
          image: $(image)
          args: ["migrate"]
`;

/** The text of a Job; of none, one to begin with. */
export const jobTextOf = (job: { manifest: unknown; seconds: number } | null): JobText =>
  job ? { manifest: stringify(job.manifest), minutes: job.seconds / 60 } : { manifest: start, minutes: 10 };

function read(text: string): { manifest: Job["manifest"] } | { fault: string } {
  try {
    const manifest: unknown = parse(text);
    if (typeof manifest === "object" && manifest !== null && !Array.isArray(manifest))
      return { manifest: manifest as Job["manifest"] };
    return { fault: "Write a Job of batch/v1 as YAML." };
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const line = error.linePos?.[0].line;
    return { fault: `${line ? `Line ${line}: ` : ""}${error.message.split("\n")[0]!.replace(/ at line \d+.*$/, "")}.` };
  }
}

/** What the Job lacks before it can be sent; null if nothing. The service judges the rest. */
export function jobLack({ manifest, minutes }: JobText): string | null {
  const found = read(manifest);
  if ("fault" in found) return found.fault;
  return typeof minutes === "number" && minutes > 0 ? null : "Write how many minutes it may take.";
}

/** The Job of a text that lacks nothing. */
export function jobFrom({ manifest, minutes }: JobText): Job {
  const found = read(manifest);
  if ("fault" in found) throw new Error(found.fault);
  return { manifest: found.manifest, seconds: Math.round(Number(minutes) * 60) };
}
