/**
 * What the service, or the way to it, says is wrong: one class for both, so that a page has one thing to show.
 */
import type { Problem } from "./contract";

/** A refusal of the service, or with status 0 a service that could not be reached. `code` is what programs go by. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | null;
  /** Every further member of the document: `plan`, `operation`, `used_by`, `line`, `errors`, … */
  readonly document: Partial<Problem> & Record<string, unknown>;

  constructor(document: Partial<Problem> & { title: string; code: string }) {
    super(document.detail ?? document.title);
    this.name = "ApiProblem";
    this.status = document.status ?? 0;
    this.code = document.code;
    this.title = document.title;
    this.detail = document.detail ?? "";
    this.requestId = document.request_id ?? null;
    this.document = document;
  }

  /** The message for one field of the request, as `body.name`, where the service found fault with it. */
  messageFor(field: string): string | undefined {
    const named = this.document.errors?.find((error) => error.field === field || error.field === `body.${field}`);
    if (named) return named.message;
    return this.document.field === field || this.document.field === `body.${field}` ? this.detail : undefined;
  }
}

const isDocument = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "title" in value && "code" in value;

/** Reads an error answer: the text once, then what it holds. A proxy's HTML page becomes a problem too. */
export function problemFrom(status: number, text: string): ApiProblem {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isDocument(parsed)) return new ApiProblem({ ...parsed, status });
  } catch {
    // Not JSON: something between us and the service has answered.
  }
  return new ApiProblem({
    status,
    code: "unexpected-answer",
    title: "An unexpected answer",
    detail: `Something on the way to the service answered with status ${status}. Try again; if it stays, ask whoever runs it.`,
  });
}

export const unreachable = (): ApiProblem =>
  new ApiProblem({
    status: 0,
    code: "service-unreachable",
    title: "The service cannot be reached",
    detail: "Stagecoach did not answer. What you see may be out of date; it is tried again by itself.",
  });

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({
    code: "console-error",
    title: "Something went wrong in this page",
    detail: error instanceof Error ? error.message : "Load the page again.",
  });
}
