import { describe, expect, it } from "vitest";
import { startAddress } from "./model";

describe("where a sign-in begins", () => {
  it("names the page to return to", () =>
    expect(startAddress("https://s.example/oidc/corp", "/operations?a=1#x")).toBe(
      "https://s.example/oidc/corp?return_to=%2Foperations%3Fa%3D1%23x",
    ));
  it("names none for the start page", () => expect(startAddress("/oidc/corp", undefined)).toBe("/oidc/corp"));
});
