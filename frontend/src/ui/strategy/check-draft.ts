/** Checks as a form holds them. Pure. */
import type { CheckInput } from "./draft";
import { jobFrom, jobLack, jobTextOf, type JobText } from "./job-text";
import type { Ring } from "./words";

export type CheckKind = "http" | "prometheus" | "job";
type HttpCheck = NonNullable<CheckInput["http"]>;
type PrometheusCheck = NonNullable<CheckInput["prometheus"]>;
type JobCheck = NonNullable<CheckInput["job"]>;

export const checkKinds: Record<CheckKind, string> = {
  http: "HTTP request",
  prometheus: "Prometheus query",
  job: "Job",
};

export interface CheckDraft extends JobText {
  name: string;
  kind: CheckKind;
  url: string;
  method: NonNullable<HttpCheck["method"]>;
  /** Those of the check that is edited: the form has no fields for them. */
  headers: HttpCheck["headers"];
  statuses: string[];
  contains: string;
  pointer: string;
  /** What is expected at the pointer, as JSON or as plain text. */
  value: string;
  query: string;
  comparison: PrometheusCheck["comparison"];
  bound: number | string;
  noData: NonNullable<PrometheusCheck["no_data"]>;
  /** The window, and the pause between two tries, in seconds. */
  window: number | string;
  every: number | string;
  scope: NonNullable<JobCheck["scope"]>;
}

const windows: Record<CheckKind, { window: number; every: number }> = {
  http: { window: 120, every: 5 },
  prometheus: { window: 300, every: 15 },
  job: { window: 120, every: 5 },
};

export const newCheck = (kind: CheckKind, name: string): CheckDraft => ({
  name,
  kind,
  url: "",
  method: "GET",
  headers: {},
  statuses: ["200"],
  contains: "",
  pointer: "",
  value: "",
  query: "",
  comparison: "<",
  bound: "",
  noData: "fail",
  ...windows[kind],
  scope: "environment",
  ...jobTextOf(null),
});

/** As it is typed: text that would be read as something else stands in quotes. */
const valueText = (value: HttpCheck["value"]): string =>
  typeof value === "string" && valueOf(value) === value
    ? value
    : value === null || value === undefined
      ? ""
      : JSON.stringify(value);

/** `1.4.0` is text, `3` a number, `true` is true, and `"3"` is text again. */
function valueOf(text: string): string | number | boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "string" || typeof parsed === "number" || typeof parsed === "boolean") return parsed;
  } catch {
    // Plain text.
  }
  return text;
}

export function checkDraftOf({ name, http, prometheus, job }: Ring["checks"][number]): CheckDraft {
  if (http)
    return {
      ...newCheck("http", name),
      url: http.url,
      method: http.method,
      headers: http.headers,
      statuses: http.statuses.map(String),
      contains: http.contains ?? "",
      pointer: http.pointer ?? "",
      value: valueText(http.value),
      window: http.window.seconds,
      every: http.window.every,
    };
  if (prometheus)
    return {
      ...newCheck("prometheus", name),
      url: prometheus.url,
      query: prometheus.query,
      comparison: prometheus.comparison,
      bound: prometheus.bound,
      noData: prometheus.no_data,
      window: prometheus.window.seconds,
      every: prometheus.window.every,
    };
  return { ...newCheck("job", name), scope: job?.scope ?? "environment", ...jobTextOf(job?.job ?? null) };
}

/** What a check lacks before it can be sent; null if nothing. The service judges the rest. */
export function checkLack(draft: CheckDraft): string | null {
  if (!draft.name) return "Give the check a name.";
  if (draft.kind === "job") return jobLack(draft);
  if (!draft.url.trim()) return "Write the address.";
  if (typeof draft.window !== "number" || typeof draft.every !== "number") return "Write the window in seconds.";
  if (draft.kind === "http") {
    if (draft.statuses.length === 0 || draft.statuses.some((each) => !/^\d{3}$/.test(each)))
      return "Write at least one status, as 200.";
    return draft.value && !draft.pointer ? "Write the pointer to the value that is expected." : null;
  }
  if (!draft.query.trim()) return "Write the query.";
  return typeof draft.bound === "number" ? null : "Write the bound.";
}

/** The check of a draft that lacks nothing. */
export function checkFrom(draft: CheckDraft): CheckInput {
  const window = { seconds: Number(draft.window), every: Number(draft.every) };
  const url = draft.url.trim();
  switch (draft.kind) {
    case "http": {
      const { method, headers, contains, pointer, value } = draft;
      const expected = pointer ? { pointer, value: value === "" ? null : valueOf(value) } : {};
      const http = { url, window, method, headers, statuses: draft.statuses.map(Number), contains: contains || null };
      return { name: draft.name, http: { ...http, ...expected } };
    }
    case "prometheus": {
      const { query, comparison, bound, noData } = draft;
      return {
        name: draft.name,
        prometheus: { url, window, query, comparison, bound: Number(bound), no_data: noData },
      };
    }
    case "job":
      return { name: draft.name, job: { job: jobFrom(draft), scope: draft.scope } };
  }
}
