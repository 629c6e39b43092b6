/**
 * The HTTP client of the console: typed by the contract, authenticated by the session cookie, with the CSRF token on writes.
 *
 * A call returns its body or throws an `ApiProblem`, so that callers check no HTTP status. The session cookie is HttpOnly:
 * no script can read the credential.
 */
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./schema";
import { ApiProblem, problemFrom, unreachable } from "./problem";

/** The service's origin if it does not serve the console itself; set at build time. */
export const serviceOrigin = ((import.meta.env.VITE_SERVICE_ORIGIN as string | undefined) ?? "").replace(/\/$/, "");

let csrfToken: string | null = null;

/** Sets the token from `/me` that every later write carries. */
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
  // Tests have no page whose address could be the base.
  baseUrl: serviceOrigin || (typeof window === "undefined" ? "" : window.location.origin),
  credentials: "include",
  // Tests replace the global after this module is loaded.
  fetch: (request) => globalThis.fetch(request),
});
api.use(protect);

/** The body of a successful response: the middleware has thrown errors already. */
export async function body<Data>(call: Promise<{ data?: Data; response: Response }>): Promise<Data> {
  const { data } = await call;
  return data as Data;
}
