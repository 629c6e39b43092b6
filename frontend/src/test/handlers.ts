import { http, HttpResponse, type HttpHandler } from "msw";
import type { Role } from "@/api/contract";
import { makeMe } from "./factories";
import { makeRights } from "./rights-factories";

export const at = (path: string): string => `http://localhost:3000/api/v1${path}`;

/** A response with a problem document. */
export const problem = (status: number, code: string, extra: Record<string, unknown> = {}) =>
  HttpResponse.json(
    { type: `/problems/${code}`, title: code, status, detail: `Detail of ${code}.`, code, request_id: "r-1", ...extra },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );

/** The user holds the rights of a role, everywhere unless the scopes say less; of no role: none. */
export const holding = (role: Role | null, ...scopes: Parameters<typeof makeRights>[1][]) =>
  http.get(at("/me/rights"), () => HttpResponse.json({ items: role ? makeRights(role, ...scopes) : [] }));

/** Handlers that all tests share. */
export const handlers: HttpHandler[] = [
  http.get(at("/session"), () => HttpResponse.json({ me: makeMe() })),
  holding("admin"),
  http.get(at("/applications/:application/gates"), () => HttpResponse.json({ items: [] })),
  http.get(at("/applications/:application/catch-ups"), () => HttpResponse.json({ items: [] })),
  http.get(at("/environments"), () => HttpResponse.json({ items: [] })),
  http.get(at("/holds"), () => HttpResponse.json({ items: [], next_cursor: null })),
  http.get(at("/session/providers"), () => HttpResponse.json({ items: [] })),
];
