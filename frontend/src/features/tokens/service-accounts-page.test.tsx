import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { ServiceAccount, Token } from "@/api/contract";
import { at, holding } from "@/test/handlers";
import { makeServiceAccount, makeToken } from "@/test/people-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ServiceAccountsPage } from "./service-accounts-page";

const lists = (accounts: ServiceAccount[], tokens: Token[] = []) => [
  http.get(at("/service-accounts"), () => HttpResponse.json({ items: accounts, next_cursor: null })),
  http.get(at("/service-accounts/:account/tokens"), () => HttpResponse.json({ items: tokens, next_cursor: null })),
];

describe("the page of service accounts", () => {
  it("lists each account with its owner and its tokens", async () => {
    server.use(...lists([makeServiceAccount()], [makeToken({ name: "nightly" })]));
    render(<ServiceAccountsPage />);
    expect(await screen.findByRole("heading", { name: "deployer" })).toBeInTheDocument();
    expect(screen.getByText(/Owned by ada/)).toBeInTheDocument();
    expect(await screen.findByRole("rowheader", { name: /^nightly/ })).toBeInTheDocument();
  });

  it("issues a token and shows it once", async () => {
    const sent: unknown[] = [];
    server.use(
      ...lists([makeServiceAccount()]),
      http.post(at("/service-accounts/:account/tokens"), async ({ request, params }) => {
        sent.push([params.account, ((await request.json()) as { name: string }).name]);
        return HttpResponse.json({ ...makeToken(), token: "stgs_shown_once" }, { status: 201 });
      }),
    );
    const { user } = render(<ServiceAccountsPage />);
    await user.click(await screen.findByRole("button", { name: "New token of deployer" }));
    await user.type(screen.getByRole("textbox", { name: /Name/ }), "nightly");
    await user.click(screen.getByRole("button", { name: "Create token" }));
    expect(await screen.findByText("stgs_shown_once")).toBeInTheDocument();
    expect(sent).toEqual([["account-1", "nightly"]]);
  });

  it("disables an account, and says of a disabled one that its tokens are refused", async () => {
    const sent: unknown[] = [];
    server.use(
      ...lists([
        makeServiceAccount(),
        makeServiceAccount({ id: "account-2", name: "old", disabled_at: "2026-11-01T00:00:00Z" }),
      ]),
      http.patch(at("/service-accounts/:account"), async ({ request, params }) => {
        sent.push([params.account, await request.json()]);
        return HttpResponse.json(makeServiceAccount());
      }),
    );
    const { user } = render(<ServiceAccountsPage />);
    await user.click(await screen.findByRole("button", { name: "Disable deployer" }));
    await vi.waitFor(() => expect(sent).toEqual([["account-1", { disabled: true }]]));
    expect(screen.getByText(/its tokens are refused/)).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "New token of old" })).toBeDisabled();
  });

  it("asks for confirmation before it deletes, and describes the effect", async () => {
    const deleted: unknown[] = [];
    server.use(
      ...lists([makeServiceAccount()]),
      http.delete(at("/service-accounts/:account"), ({ params }) => {
        deleted.push(params.account);
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = render(<ServiceAccountsPage />);
    await user.click(await screen.findByRole("button", { name: "Delete deployer" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("deletes what was bound to it");
    expect(deleted).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Delete deployer" }));
    await vi.waitFor(() => expect(deleted).toEqual(["account-1"]));
  });

  it("offers an owner tokens only", async () => {
    server.use(holding("viewer"), ...lists([makeServiceAccount()]));
    render(<ServiceAccountsPage />);
    expect(await screen.findByRole("button", { name: "New token of deployer" })).toBeEnabled();
    expect(screen.queryByRole("button", { name: "Delete deployer" })).not.toBeInTheDocument();
  });
});
