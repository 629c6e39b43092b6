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
  throw new Error("the call succeeded");
};

describe("an error response", () => {
  it("keeps additional members of the problem document", async () => {
    server.use(http.get(at("/clusters"), () => problem(409, "in-use", { used_by: ["environment Production"] })));
    const { status, code, document } = await caught(body(api.GET("/api/v1/clusters")));
    expect([status, code, document.used_by]).toEqual([409, "in-use", ["environment Production"]]);
  });
  it("from a proxy becomes a problem that names the status", () =>
    expect(problemFrom(502, "<html>Bad gateway</html>")).toMatchObject({ status: 502, code: "unexpected-answer" }));
  it("that never arrived is a problem of its own", async () => {
    server.use(http.get(at("/clusters"), () => HttpResponse.error()));
    expect((await caught(body(api.GET("/api/v1/clusters")))).code).toBe("service-unreachable");
  });
  it("names the invalid field, with or without its location in the request", () => {
    const errors = [{ field: "body.name", code: "pattern", message: "Only letters." }];
    expect(new ApiProblem({ title: "t", code: "c", errors }).messageFor("name")).toBe("Only letters.");
  });
});

describe("the CSRF token", () => {
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
  it("is sent with a write", async () => {
    listen();
    await body(api.DELETE("/api/v1/session"));
    expect(headers).toEqual(["csrf-9"]);
  });
  it("is not sent with a read", async () => {
    listen();
    await body(api.GET("/api/v1/clusters"));
    expect(headers).toEqual([null]);
  });
});
