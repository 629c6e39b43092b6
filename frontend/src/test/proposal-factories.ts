/** Builders of proposals with defaults: the promotion of `makeOperation` that waits for two people. */
import type { Proposal, ProposalDetail } from "@/api/contract";
import { makeOperation } from "./operation-factories";

type Vote = Proposal["votes"][number];

export const makeVote = (over: Partial<Vote> = {}): Vote => ({
  person: "person-2",
  name: "Grace",
  choice: "approve",
  comment: null,
  at: "2026-12-01T12:30:00Z",
  counts: true,
  ...over,
});

export const makeProposal = (over: Partial<ProposalDetail> = {}): ProposalDetail => {
  const { request, plan } = makeOperation();
  return {
    id: "proposal-1",
    kind: "promotion",
    application: "shop",
    applications: ["shop"],
    group: null,
    order: null,
    environment: "Production",
    source_environment: "Staging",
    state: "waiting",
    reason: null,
    comment: "Release 7",
    requested_by: { kind: "person", id: "person-1", name: "Ada" },
    plan_digest: "sha256:0",
    needed: 2,
    groups: [],
    lacking: { votes: 2, groups: [] },
    votes: [],
    may_vote: true,
    vote_refused: null,
    operation: null,
    promotion_set: null,
    created_at: "2026-12-01T12:00:00Z",
    expires_at: "2096-12-02T12:00:00Z",
    ended_at: null,
    request,
    plan,
    members: [],
    ...over,
  };
};

/** The same promotion of two applications together. */
export function makeSetProposal(over: Partial<ProposalDetail> = {}): ProposalDetail {
  const { request, plan } = makeOperation();
  const applications = ["api", "web"];
  return makeProposal({
    application: null,
    applications,
    order: "all-at-once",
    request: null,
    plan: null,
    members: applications.map((application) => ({ application, request, plan })),
    ...over,
  });
}
