/**
 * Problems reported by the service, and failures to reach it: one class for both, so that pages show one type of error.
 */
import type { Problem } from "./contract";

/** An error response of the service, or with status 0 an unreachable service. Programs branch on `code`. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | null;
  /** The whole document with its additional members: `plan`, `operation`, `used_by`, `line`, `errors`, … */
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

  /** The service's message about one field of the request, such as `body.name`. */
  messageFor(field: string): string | undefined {
    const named = this.document.errors?.find((error) => error.field === field || error.field === `body.${field}`);
    if (named) return named.message;
    return this.document.field === field || this.document.field === `body.${field}` ? this.detail : undefined;
  }
}

const isDocument = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "title" in value && "code" in value;

/** Parses an error response. A proxy's HTML page becomes a problem, too. */
export function problemFrom(status: number, text: string): ApiProblem {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isDocument(parsed)) return new ApiProblem({ ...parsed, status });
  } catch {
    // Not JSON: a proxy between the browser and the service has responded.
  }
  return new ApiProblem({
    status,
    code: "unexpected-answer",
    title: "Unexpected response",
    detail: `A proxy or the service responded with status ${status} and no explanation. Try again; if the error persists, contact the administrator of Stagecoach.`,
  });
}

export const unreachable = (): ApiProblem =>
  new ApiProblem({
    status: 0,
    code: "service-unreachable",
    title: "Service unreachable",
    detail: "Stagecoach did not respond. This page may be out of date; the console retries automatically.",
  });

/** What a request that needs a session would be told: nobody is signed in. */
export const signedOut = (): ApiProblem =>
  new ApiProblem({ status: 401, code: "unauthenticated", title: "Not signed in", detail: "Sign in to continue." });

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({
    code: "console-error",
    title: "The console failed",
    detail: error instanceof Error ? error.message : "Reload the page.",
  });
}
