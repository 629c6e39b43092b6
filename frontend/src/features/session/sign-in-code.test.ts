import { beforeEach, describe, expect, it } from "vitest";
import { safeReturn, takeSignInCode } from "./sign-in-code";

describe("the one-time code", () => {
  beforeEach(() => window.history.replaceState(null, "", "/"));

  it("is taken from the fragment and leaves nothing in the address bar", () => {
    window.history.replaceState(null, "", "/#code=abc");
    const code = takeSignInCode(window);
    expect([code.take(), window.location.href]).toEqual(["abc", "http://localhost:3000/"]);
  });

  it("is taken from the query and leaves the rest of it", () => {
    window.history.replaceState(null, "", "/sign-in?code=abc&return=%2Foperations");
    const code = takeSignInCode(window);
    expect([code.take(), window.location.search]).toEqual(["abc", "?return=%2Foperations"]);
  });

  it("is given away once", () => {
    window.history.replaceState(null, "", "/#code=abc");
    const code = takeSignInCode(window);
    code.take();
    expect([code.waiting, code.take()]).toEqual([false, null]);
  });

  it("leaves an address without a code alone", () => {
    window.history.replaceState(null, "", "/operations?state=failed#top");
    expect([takeSignInCode(window).waiting, window.location.href]).toEqual([
      false,
      "http://localhost:3000/operations?state=failed#top",
    ]);
  });
});

describe("the way back after signing in", () => {
  it("is the page that asked for it", () => expect(safeReturn("/operations?x=1#y")).toBe("/operations?x=1#y"));
  it.each(["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", "/sign-in"])(
    "is the start instead of %j",
    (path) => expect(safeReturn(path)).toBe("/applications"),
  );
});
