import { describe, expect, it } from "vitest";
import { makePerson } from "@/test/people-factories";
import { makeBinding, makeScope } from "@/test/rights-factories";
import { bindingOf, bindingsOf, bindingWords, emptyDraft, hasExpired, type Draft } from "./model";

const whole: Draft = { ...emptyDraft, id: " person-1 ", applications: ["shop"], environments: ["Staging"] };

describe("the binding of the form", () => {
  it("covers what is named", () =>
    expect(bindingOf(whole)).toEqual({
      subject: { kind: "person", id: "person-1" },
      role: "viewer",
      applications: ["shop"],
      labels: null,
      environments: ["Staging"],
      break_glass: false,
      expires_at: null,
    }));
  it("covers all where that is chosen, whatever was named before", () =>
    expect(bindingOf({ ...whole, on: "all", within: "all", labels: "a=b" })).toMatchObject({
      applications: null,
      labels: null,
      environments: null,
    }));
  it("selects by labels instead of names", () =>
    expect(bindingOf({ ...whole, on: "labels", labels: "team=shop" })).toMatchObject({
      applications: null,
      labels: { team: "shop" },
    }));
  it("lasts until the end of its last day", () =>
    expect(bindingOf({ ...whole, day: "2027-03-01" })).toMatchObject({
      expires_at: new Date(2027, 2, 1, 23, 59, 59).toISOString(),
    }));
  it("never covers all because something is left out", () => {
    const lacking: [Partial<Draft>, RegExp][] = [
      [{ id: " " }, /whom/],
      [{ kind: "group", id: "platform" }, /provider:group/],
      [{ kind: "group", id: "corp:" }, /provider:group/],
      [{ applications: [] }, /applications/],
      [{ environments: [] }, /environments/],
      [{ on: "labels", labels: "" }, /labels/],
      [{ on: "labels", labels: "team" }, /labels/],
    ];
    for (const [changes, sentence] of lacking) expect(bindingOf({ ...whole, ...changes })).toMatch(sentence);
  });
});

it("a binding tells its role, its scope and its subject", () =>
  expect(bindingWords(makeBinding({ scope: makeScope({ applications: ["shop"], environments: ["Staging"] }) }))).toBe(
    "promoter on shop in Staging, to corp:shop",
  ));

it("a binding has expired from the time of its expiry", () => {
  const at = "2026-11-23T12:00:00Z";
  const now = Date.parse(at);
  expect(hasExpired(makeBinding(), now)).toBe(false);
  expect(hasExpired(makeBinding({ expires_at: at }), now - 1)).toBe(false);
  expect(hasExpired(makeBinding({ expires_at: at }), now)).toBe(true);
});

it("the roles of a person are their own and those of their groups at their provider", () => {
  const subject = (kind: "person" | "group", id: string) => makeBinding({ id, subject: { kind, id, name: id } });
  const own = subject("person", "person-1");
  const ofGroup = subject("group", "corp:shop");
  const others = [subject("person", "person-2"), subject("group", "partner:shop"), subject("group", "person-1")];
  const bindings = [own, ofGroup, ...others];
  const ada = makePerson({ provider: "corp", groups: ["shop"] });
  expect(bindingsOf(bindings, { kind: "person", id: "person-1" }, ada)).toEqual([own, ofGroup]);
  expect(bindingsOf(bindings, { kind: "group", id: "corp:shop" }, undefined)).toEqual([ofGroup]);
});
