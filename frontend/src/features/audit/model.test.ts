import { describe, expect, it } from "vitest";
import { makeAuditEntry } from "@/test/audit-factories";
import { actionWords, changedMembers, exportAddress, outcomeOf, targetsText } from "./model";

describe("an entry of the audit", () => {
  it("says its action in words", () => {
    expect(actionWords("cluster.credential-replaced")).toBe("Cluster credential replaced");
  });

  it("names what it speaks of", () => {
    const targets = [
      { kind: "application", id: "1", name: "shop" },
      { kind: "environment", id: null, name: "Production" },
    ];
    expect(targetsText(makeAuditEntry({ targets }))).toBe("application shop, environment Production");
  });

  it("lists members that were there before, after, or both", () => {
    const entry = makeAuditEntry({ before: { pin: "tag", gone: 1 }, after: { pin: "digest", labels: { a: "b" } } });
    expect(changedMembers(entry)).toEqual([
      { name: "gone", before: "1", after: null },
      { name: "labels", before: null, after: '{"a":"b"}' },
      { name: "pin", before: "tag", after: "digest" },
    ]);
  });

  it("shows an outcome that it does not know as it is written", () => {
    expect(outcomeOf("postponed").label).toBe("postponed");
    expect(outcomeOf("refused").label).toBe("Refused");
  });
});

it("exports what the filter matches", () => {
  expect(exportAddress({})).toBe("/api/v1/audit/export");
  expect(exportAddress({ application: "shop", actor: "Ada B" })).toBe(
    "/api/v1/audit/export?application=shop&actor=Ada+B",
  );
});
