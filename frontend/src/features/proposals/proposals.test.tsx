import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Suspense } from "react";
import { describe, expect, it, vi } from "vitest";
import type { ProposalDetail, VoteCreate } from "@/api/contract";
import { allAtOnce } from "@/test/environment-factories";
import { makeHold } from "@/test/gate-factories";
import { at, holding, problem } from "@/test/handlers";
import { makeProposal, makeSetProposal, makeVote } from "@/test/proposal-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ProposalPage } from "./proposal-page";
import { ProposalsPage } from "./proposals-page";

const here = "/proposals/proposal-1";

/** Shows the proposal; it is as `current.proposal` says each time it is read. */
function open(over: Partial<ProposalDetail> = {}) {
  const current = { proposal: makeProposal(over) };
  server.use(
    http.get(at(here), () => HttpResponse.json(current.proposal)),
    http.get(at("/proposals"), () => HttpResponse.json({ items: [], next_cursor: null })),
  );
  const view = render(
    <Suspense>
      <ProposalPage id="proposal-1" />
    </Suspense>,
  );
  return { ...view, current };
}

describe("the page of a proposal", () => {
  it("says who asks, why, what is lacking, and who has voted", async () => {
    open({
      lacking: { votes: 1, groups: ["sso:operations"] },
      groups: ["sso:operations"],
      votes: [makeVote({ comment: "Looks good." })],
    });
    expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent(
      "Promotion of shop from Staging to Production",
    );
    expect(screen.getByText("Release 7")).toBeInTheDocument();
    expect(screen.getByText(/^It lacks 1 more approval, and somebody of sso:operations/)).toBeInTheDocument();
    expect(screen.getByText(/^1 of 2 approvals count now/)).toBeInTheDocument();
    expect(screen.getByRole("list", { name: "Votes" })).toHaveTextContent(/Grace.*Approves.*Looks good\./);
  });

  it("says that automation leaves the place alone", async () => {
    server.use(http.get(at("/holds"), () => HttpResponse.json({ items: [makeHold()] })));
    open();
    expect(await screen.findByText("shop in Production is on hold")).toBeVisible();
  });

  it("draws the rings by which it would go", async () => {
    const { request } = makeProposal();
    const ring = { clusters: null, labels: null, remaining: false, checks: [], pauses: true };
    const rings = [{ ...ring, size: 1, soak_seconds: 600 }];
    open({ request: { ...request, strategy: { ...allAtOnce, rings } } as ProposalDetail["request"] });
    expect(await screen.findByRole("list", { name: "Rings" })).toHaveTextContent(
      "Ring 11 clustersoaks 10 min, then a person continues",
    );
    expect(screen.getByText(/^On failure: leave what failed/)).toBeInTheDocument();
  });

  it("casts a vote with a comment, and leads to the operation that the last one starts", async () => {
    const cast: VoteCreate[] = [];
    const { user, current } = open();
    server.use(
      http.post(at(`${here}/votes`), async ({ request }) => {
        cast.push((await request.json()) as VoteCreate);
        current.proposal = makeProposal({ state: "approved", operation: "op-7", ended_at: "2026-12-01T13:00:00Z" });
        return HttpResponse.json(current.proposal);
      }),
    );
    await user.type(await screen.findByLabelText("Comment"), "Looks good.");
    await user.click(screen.getByRole("button", { name: "Approve" }));
    expect(await screen.findByRole("link", { name: "View the operation that it started" })).toHaveAttribute(
      "href",
      "/operations/op-7",
    );
    expect(cast).toEqual([{ choice: "approve", comment: "Looks good." }]);
    expect(screen.queryByRole("button", { name: "Approve" })).not.toBeInTheDocument();
  });

  it("shows a promotion set application by application, and leads to the set that the last vote starts", async () => {
    const { user, current } = open(makeSetProposal({ order: "one-by-one" }));
    expect(await screen.findByRole("heading", { level: 1 })).toHaveTextContent(
      "Promotion of api and web from Staging to Production",
    );
    expect(within(screen.getByRole("region", { name: "web" })).getByRole("heading")).toHaveTextContent("2. web");
    server.use(
      http.post(at(`${here}/votes`), () => {
        current.proposal = makeSetProposal({ state: "approved", promotion_set: "set-7" });
        return HttpResponse.json(current.proposal);
      }),
    );
    await user.click(screen.getByRole("button", { name: "Approve" }));
    expect(await screen.findByRole("link", { name: "View the promotion set that it started" })).toHaveAttribute(
      "href",
      "/promotion-sets/set-7",
    );
  });

  it("rejects without a comment", async () => {
    const cast: VoteCreate[] = [];
    const { user } = open();
    server.use(
      http.post(at(`${here}/votes`), async ({ request }) => {
        cast.push((await request.json()) as VoteCreate);
        return HttpResponse.json(makeProposal({ state: "rejected" }));
      }),
    );
    await user.click(await screen.findByRole("button", { name: "Reject" }));
    await vi.waitFor(() => expect(cast).toEqual([{ choice: "reject", comment: null }]));
  });

  it("says why a last vote was not cast", async () => {
    const { user } = open();
    server.use(http.post(at(`${here}/votes`), () => problem(409, "gate-closed")));
    await user.click(await screen.findByRole("button", { name: "Approve" }));
    expect(await screen.findByText("Detail of gate-closed.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Approve" })).toBeInTheDocument();
  });

  it("says why the user has no vote", async () => {
    open({ may_vote: false, vote_refused: "The person who asks for a change does not approve it." });
    expect(await screen.findByText("The person who asks for a change does not approve it.")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Approve" })).not.toBeInTheDocument();
  });

  it("says in words how it has ended, and asks for nothing", async () => {
    open({ state: "void", reason: "the plan has changed.", may_vote: false, ended_at: "2026-12-01T13:00:00Z" });
    expect(await screen.findByText(/^It could not start as it had been filed/)).toBeInTheDocument();
    expect(screen.getByText("The plan has changed.")).toBeInTheDocument();
    expect(screen.queryByText("You cannot vote on it")).not.toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Withdraw" })).not.toBeInTheDocument();
  });
});

describe("withdrawing a proposal", () => {
  it("is for whoever filed it, with a reason", async () => {
    const given: unknown[] = [];
    const { user } = open();
    server.use(
      holding("promoter"),
      http.get(at("/proposals"), ({ request }) => {
        const mine = new URL(request.url).searchParams.get("mine") === "true";
        return HttpResponse.json({ items: mine ? [makeProposal()] : [], next_cursor: null });
      }),
      http.post(at(`${here}/withdraw`), async ({ request }) => {
        given.push(await request.json());
        return HttpResponse.json(makeProposal({ state: "withdrawn" }));
      }),
    );
    await user.click(await screen.findByRole("button", { name: "Withdraw" }));
    await user.type(await screen.findByLabelText("Reason"), "Too early");
    await user.click(screen.getByText("Withdraw it"));
    await vi.waitFor(() => expect(given).toEqual([{ reason: "Too early" }]));
  });

  it("is not offered to others without the right maintain", async () => {
    const asked = vi.fn();
    open();
    server.use(
      holding("approver"),
      http.get(at("/proposals"), () => {
        asked();
        return HttpResponse.json({ items: [], next_cursor: null });
      }),
    );
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    expect(screen.queryByRole("button", { name: "Withdraw" })).not.toBeInTheDocument();
  });
});

describe("the list of proposals", () => {
  const serves = () =>
    server.use(
      http.get(at("/proposals"), ({ request }) => {
        const waiting = [makeProposal({ votes: [makeVote()] })];
        const ended = makeProposal({ id: "proposal-0", kind: "deploy", source_environment: null, state: "expired" });
        const only = new URL(request.url).searchParams.get("state");
        return HttpResponse.json({ items: only === "waiting" ? waiting : [ended, ...waiting], next_cursor: null });
      }),
    );

  it("shows what waits with its votes, and leads to it", async () => {
    serves();
    render(<ProposalsPage all={false} onAll={vi.fn()} />);
    const link = await screen.findByRole("link", { name: "Promotion of shop from Staging to Production" });
    expect(link).toHaveAttribute("href", "/proposals/proposal-1");
    expect(screen.getByText("1 of 2")).toBeInTheDocument();
    expect(screen.getByText("Your vote is asked for")).toBeInTheDocument();
    expect(screen.queryByText("Deployment of shop in Production")).not.toBeInTheDocument();
  });

  it("shows what has ended after what waits", async () => {
    serves();
    render(<ProposalsPage all onAll={vi.fn()} />);
    await screen.findByText("Deployment of shop in Production");
    expect(screen.getAllByRole("link").map(({ textContent }) => textContent)).toEqual([
      "Promotion of shop from Staging to Production",
      "Deployment of shop in Production",
    ]);
  });
});
