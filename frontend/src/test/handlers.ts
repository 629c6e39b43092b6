import { http, HttpResponse, type HttpHandler } from "msw";
import { makeMe } from "./factories";

export const at = (path: string): string => `http://localhost:3000/api/v1${path}`;

/** A response with a problem document. */
export const problem = (status: number, code: string, extra: Record<string, unknown> = {}) =>
  HttpResponse.json(
    { type: `/problems/${code}`, title: code, status, detail: `Detail of ${code}.`, code, request_id: "r-1", ...extra },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );

/** Handlers that all tests share. */
export const handlers: HttpHandler[] = [
  http.get(at("/session"), () => HttpResponse.json({ me: makeMe() })),
  http.get(at("/session/providers"), () => HttpResponse.json({ items: [] })),
];
