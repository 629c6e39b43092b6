/**
 * The one way to the service: typed by the contract, signed by the session's cookie, protected by its CSRF token.
 *
 * A call gives its body or throws an `ApiProblem`; nobody else looks at a status. Credentials are the browser's
 * HttpOnly cookie: there is no token here to lose.
 */
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./schema";
import { ApiProblem, problemFrom, unreachable } from "./problem";

/** Where the service lives when it does not serve the console itself; set when building. */
export const serviceOrigin = ((import.meta.env.VITE_SERVICE_ORIGIN as string | undefined) ?? "").replace(/\/$/, "");

let csrfToken: string | null = null;

/** Told by whoever reads `/me`: what every write has to carry from then on. */
export function rememberCsrfToken(token: string | null): void {
  csrfToken = token;
}

const reads = new Set(["GET", "HEAD", "OPTIONS"]);

const protect: Middleware = {
  onRequest({ request }) {
    if (csrfToken && !reads.has(request.method)) request.headers.set("X-CSRF-Token", csrfToken);
  },
  async onResponse({ response }) {
    if (!response.ok) throw problemFrom(response.status, await response.text());
  },
  onError({ error }) {
    if (error instanceof ApiProblem || (error instanceof DOMException && error.name === "AbortError")) return error;
    return unreachable();
  },
};

export const api = createClient<paths>({
  // In tests there is no page to be relative to.
  baseUrl: serviceOrigin || (typeof window === "undefined" ? "" : window.location.origin),
  credentials: "include",
  // Looked up at each call: tests replace it after this module has been loaded.
  fetch: (request) => globalThis.fetch(request),
});
api.use(protect);

/** The body of an answer that was successful: errors have been thrown before. */
export async function body<Data>(call: Promise<{ data?: Data; response: Response }>): Promise<Data> {
  const { data } = await call;
  return data as Data;
}
