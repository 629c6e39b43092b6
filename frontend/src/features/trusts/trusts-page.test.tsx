import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { TokenTrial, Trust } from "@/api/contract";
import { at, holding, problem } from "@/test/handlers";
import { makeTrust } from "@/test/people-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { TrustsPage } from "./trusts-page";

const lists = (...items: Trust[]) => http.get(at("/trusts"), () => HttpResponse.json({ items, next_cursor: null }));

const trial: TokenTrial = {
  issuer: "https://token.actions.githubusercontent.com",
  algorithm: "RS256",
  key_id: "k1",
  chosen: "trust-1",
  taken: false,
  trials: [
    {
      trust_id: "trust-1",
      trust: "shop on GitHub",
      admits: true,
      signature: "verified",
      signature_detail: null,
      rows: [{ claim: "ref", required: "refs/heads/main", found: "refs/heads/main", fits: true, detail: null }],
    },
    {
      trust_id: "trust-2",
      trust: "docs on GitHub",
      admits: false,
      signature: "unavailable",
      signature_detail: "The issuer cannot be reached.",
      rows: [{ claim: "repository_id", required: "75", found: null, fits: false, detail: "No such claim." }],
    },
  ],
};

describe("the page of trusts", () => {
  it("lists what each trust admits, and what is worth knowing", async () => {
    server.use(lists(makeTrust({ cautions: ["Jobs of pull requests are trusted."] })));
    render(<TrustsPage />);
    const row = (await screen.findByRole("rowheader", { name: /shop on GitHub/ })).closest("tr")!;
    expect(row).toHaveTextContent("repository_id: 74");
    expect(row).toHaveTextContent("Jobs of pull requests are trusted.");
  });

  it("begins a trust with the claims that its kind requires, and sends those that are filled in", async () => {
    const sent: unknown[] = [];
    server.use(
      lists(),
      http.post(at("/trusts"), async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(makeTrust(), { status: 201 });
      }),
    );
    const { user } = render(<TrustsPage />);
    await user.click(await screen.findByRole("button", { name: "New trust" }));
    await user.type(screen.getByRole("textbox", { name: /Name/ }), "shop");
    await user.type(screen.getByRole("textbox", { name: "Values of repository_id" }), "74");
    await user.type(screen.getByRole("textbox", { name: "Values of repository_owner_id" }), "65");
    await user.type(screen.getByRole("textbox", { name: "Values of ref" }), "refs/heads/main, refs/tags/*");
    await user.click(screen.getByRole("button", { name: "Create trust" }));
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    expect(sent).toEqual([
      {
        name: "shop",
        kind: "github",
        issuer: null,
        audience: null,
        cluster: null,
        claims: { repository_id: ["74"], repository_owner_id: ["65"], ref: ["refs/heads/main", "refs/tags/*"] },
        expires_at: null,
      },
    ]);
  });

  it("edits a trust and its expiry, and leaves the rest as it was", async () => {
    const sent: unknown[] = [];
    server.use(
      lists(makeTrust({ expires_at: "2027-03-01T12:00:00Z", claims: { sub: ["a,b"], repository_id: ["74"] } })),
      http.put(at("/trusts/:trust"), async ({ request, params }) => {
        sent.push([params.trust, await request.json()]);
        return HttpResponse.json(makeTrust());
      }),
    );
    const { user } = render(<TrustsPage />);
    await user.click(await screen.findByRole("button", { name: "Edit shop on GitHub" }));
    const day = screen.getByLabelText(/Last day/);
    expect(day).toHaveValue("2027-03-01");
    await user.clear(day);
    await user.click(screen.getByRole("button", { name: "Save" }));
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    const { name, kind, issuer, audience, cluster } = makeTrust();
    const claims = { sub: ["a,b"], repository_id: ["74"] };
    expect(sent).toEqual([["trust-1", { name, kind, issuer, audience, cluster, claims, expires_at: null }]]);
  });

  it("shows why a trust was refused", async () => {
    server.use(
      lists(),
      http.post(at("/trusts"), () => problem(422, "invalid-request")),
    );
    const { user } = render(<TrustsPage />);
    await user.click(await screen.findByRole("button", { name: "New trust" }));
    await user.type(screen.getByRole("textbox", { name: /Name/ }), "shop");
    await user.click(screen.getByRole("button", { name: "Create trust" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Detail of invalid-request.");
  });

  it("tells claim by claim how each trust judges a pasted token, and does not keep it", async () => {
    server.use(
      lists(makeTrust()),
      http.post(at("/trusts/test"), () => HttpResponse.json(trial)),
    );
    const { user, queryClient } = render(<TrustsPage />);
    const field = await screen.findByRole("textbox", { name: /Token of a CI job/ });
    await user.type(field, "eyJ.secret.token");
    await user.click(screen.getByRole("button", { name: "Test" }));
    expect(await screen.findByText("The token acts for shop on GitHub")).toBeInTheDocument();
    const refusing = screen.getByRole("article", { name: "docs on GitHub" });
    expect(within(refusing).getByRole("rowheader")).toHaveTextContent("repository_id does not fit");
    expect(refusing).toHaveTextContent("The issuer cannot be reached.");
    expect(field).toHaveValue("");
    expect(
      JSON.stringify(
        queryClient
          .getQueryCache()
          .getAll()
          .map(({ state }) => state.data),
      ),
    ).not.toContain("eyJ");
  });

  it("asks for confirmation before it deletes, and describes the effect", async () => {
    const deleted: unknown[] = [];
    server.use(
      lists(makeTrust()),
      http.delete(at("/trusts/:trust"), ({ params }) => {
        deleted.push(params.trust);
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = render(<TrustsPage />);
    await user.click(await screen.findByRole("button", { name: "Delete shop on GitHub" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("What was bound to it is deleted");
    expect(deleted).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Delete shop on GitHub" }));
    await vi.waitFor(() => expect(deleted).toEqual(["trust-1"]));
  });

  it("requests no trusts for users without the admin role", async () => {
    server.use(holding("maintainer"));
    render(<TrustsPage />);
    expect(await screen.findByRole("heading", { name: "Only for administrators" })).toBeInTheDocument();
  });
});
