import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { at, problem } from "@/test/handlers";
import { server } from "@/test/server";
import { api, body, rememberCsrfToken } from "./client";
import { ApiProblem, problemFrom } from "./problem";

const caught = async (call: Promise<unknown>): Promise<ApiProblem> => {
  try {
    await call;
  } catch (error) {
    if (error instanceof ApiProblem) return error;
  }
  throw new Error("no problem came");
};

describe("an answer that is an error", () => {
  it("keeps the document's further members", async () => {
    server.use(http.get(at("/clusters"), () => problem(409, "in-use", { used_by: ["environment Production"] })));
    const { status, code, document } = await caught(body(api.GET("/api/v1/clusters")));
    expect([status, code, document.used_by]).toEqual([409, "in-use", ["environment Production"]]);
  });
  it("of a proxy becomes a problem that names the status", () =>
    expect(problemFrom(502, "<html>Bad gateway</html>")).toMatchObject({ status: 502, code: "unexpected-answer" }));
  it("that never came is told apart from one that did", async () => {
    server.use(http.get(at("/clusters"), () => HttpResponse.error()));
    expect((await caught(body(api.GET("/api/v1/clusters")))).code).toBe("service-unreachable");
  });
  it("names the field that is at fault, with or without its place in the request", () => {
    const errors = [{ field: "body.name", code: "pattern", message: "Only letters." }];
    expect(new ApiProblem({ title: "t", code: "c", errors }).messageFor("name")).toBe("Only letters.");
  });
});

describe("the token against forgery", () => {
  const headers: (string | null)[] = [];
  const listen = () => {
    headers.length = 0;
    rememberCsrfToken("csrf-9");
    server.use(
      http.all(at("/session"), ({ request }) => {
        headers.push(request.headers.get("X-CSRF-Token"));
        return new HttpResponse(null, { status: 204 });
      }),
      http.get(at("/clusters"), ({ request }) => {
        headers.push(request.headers.get("X-CSRF-Token"));
        return HttpResponse.json({ items: [], next_cursor: null });
      }),
    );
  };
  it("goes along with a write", async () => {
    listen();
    await body(api.DELETE("/api/v1/session"));
    expect(headers).toEqual(["csrf-9"]);
  });
  it("stays at home with a read", async () => {
    listen();
    await body(api.GET("/api/v1/clusters"));
    expect(headers).toEqual([null]);
  });
});
