import { beforeEach, describe, expect, it } from "vitest";
import { safeReturn, takeSignInCode } from "./sign-in-code";

describe("the one-time code", () => {
  beforeEach(() => window.history.replaceState(null, "", "/"));

  it("is removed from the fragment and the address bar", () => {
    window.history.replaceState(null, "", "/#code=abc");
    const code = takeSignInCode(window);
    expect([code.take(), window.location.href]).toEqual(["abc", "http://localhost:3000/"]);
  });

  it("is removed from the query, and the other parameters stay", () => {
    window.history.replaceState(null, "", "/sign-in?code=abc&return=%2Foperations");
    const code = takeSignInCode(window);
    expect([code.take(), window.location.search]).toEqual(["abc", "?return=%2Foperations"]);
  });

  it("is returned once", () => {
    window.history.replaceState(null, "", "/#code=abc");
    const code = takeSignInCode(window);
    code.take();
    expect([code.waiting, code.take()]).toEqual([false, null]);
  });

  it("does not change an address without a code", () => {
    window.history.replaceState(null, "", "/operations?state=failed#top");
    expect([takeSignInCode(window).waiting, window.location.href]).toEqual([
      false,
      "http://localhost:3000/operations?state=failed#top",
    ]);
  });
});

describe("the address after signing in", () => {
  it("is the page that required authentication", () =>
    expect(safeReturn("/operations?x=1#y")).toBe("/operations?x=1#y"));
  it.each(["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", "/sign-in"])(
    "is the start page instead of %j",
    (path) => expect(safeReturn(path)).toBe("/applications"),
  );
});
