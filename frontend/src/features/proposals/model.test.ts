import { describe, expect, it } from "vitest";
import { makeProposal, makeSetProposal, makeVote } from "@/test/proposal-factories";
import { makeResource } from "@/test/factories";
import { approvals, broughtWords, forView, isCopyPlan, lackingWords, titleOf, unread, waitingFirst } from "./model";

describe("a proposal", () => {
  it("is called after its change and its places", () => {
    expect(titleOf(makeProposal())).toBe("Promotion of shop from Staging to Production");
    expect(titleOf(makeProposal({ kind: "deploy", source_environment: null }))).toBe(
      "Deployment of shop in Production",
    );
  });

  it("is called after the group of a promotion set, or counts its applications where they are many", () => {
    expect(titleOf(makeSetProposal({ group: "orders" }))).toBe("Promotion of orders from Staging to Production");
    const many = ["api", "db", "mail", "web"];
    expect(titleOf(makeSetProposal({ applications: many }))).toBe(
      "Promotion of 4 applications from Staging to Production",
    );
  });

  it("says which keys are brought, and which of them were typed in", () => {
    const mode = { kind: "ConfigMap", name: "web", keys: ["mode"], typed: [] };
    const login = { kind: "Secret", name: "login", keys: ["token"], typed: ["token"] };
    expect(broughtWords([mode, login])).toBe(
      "Before its images, each cluster gets mode of ConfigMap web and token (typed in) of Secret login.",
    );
  });

  it("counts the approvals of those who may still approve", () => {
    const votes = [makeVote(), makeVote({ person: "person-3", counts: false })];
    expect(approvals(makeProposal({ votes }))).toBe(1);
  });

  it("says which approvals it lacks, and of whom", () => {
    expect(lackingWords(makeProposal({ lacking: { votes: 1, groups: ["sso:operations"] } }))).toBe(
      "1 more approval, and somebody of sso:operations among those who approve",
    );
    expect(lackingWords(makeProposal({ lacking: { votes: 0, groups: [] } }))).toBeNull();
  });
});

describe("the list of all proposals", () => {
  it("begins with what waits, and shows each once", () => {
    const [waits, ended] = [makeProposal({ id: "waits" }), makeProposal({ id: "ended", state: "void" })];
    const further = makeProposal({ id: "further back" });
    expect(waitingFirst([waits, further], [ended, waits]).map(({ id }) => id)).toEqual([
      "waits",
      "further back",
      "ended",
    ]);
  });
});

describe("a stored plan of resources", () => {
  const plan = {
    kind: "import" as const,
    source: null,
    namespace: "shop",
    on_conflict: "overwrite" as const,
    resources: [],
    clusters: [
      {
        cluster: "prod-eu",
        read: true,
        namespace_action: "create" as const,
        resources: [{ resource: makeResource("Deployment", "web"), action: "update" as const }],
        images: [],
      },
      { cluster: "prod-us", read: false, namespace_action: null, resources: [], images: [] },
    ],
  };

  it("is shown as previews are", () => {
    expect(isCopyPlan(plan)).toBe(true);
    const [eu, us] = forView(plan, "sha256:1").clusters;
    expect([eu?.namespace_action, eu?.resources[0]?.action, us?.namespace_action]).toEqual([
      "create",
      "update",
      "unchanged",
    ]);
  });

  it("names the clusters that did not answer", () => {
    expect(unread(plan)).toEqual(["prod-us"]);
  });
});
