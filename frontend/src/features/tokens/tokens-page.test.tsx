import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Token } from "@/api/contract";
import { at, holding, problem } from "@/test/handlers";
import { makeToken } from "@/test/people-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { TokensPage } from "./tokens-page";

const lists = (...items: Token[]) => http.get(at("/tokens"), () => HttpResponse.json({ items, next_cursor: null }));

const open = (all = false) => render(<TokensPage all={all} onAll={vi.fn()} />);

describe("the page of tokens", () => {
  it("lists the valid tokens, and offers the others", async () => {
    server.use(
      lists(
        makeToken({ id: "1", name: "ci" }),
        makeToken({ id: "2", name: "old", revoked_at: "2026-11-01T00:00:00Z" }),
        makeToken({ id: "3", name: "older", expires_at: "2020-01-01T00:00:00Z" }),
      ),
    );
    open();
    expect(await screen.findByRole("rowheader", { name: /^ci/ })).toBeInTheDocument();
    expect(screen.queryByRole("rowheader", { name: /^old/ })).not.toBeInTheDocument();
    expect(screen.getByRole("switch", { name: "Show 2 revoked or expired tokens" })).not.toBeChecked();
  });

  it("lists the others on request, without a button to revoke them", async () => {
    server.use(lists(makeToken({ name: "old", revoked_at: "2026-11-01T00:00:00Z" })));
    open(true);
    const row = (await screen.findByRole("rowheader", { name: /^old/ })).closest("tr")!;
    expect(within(row).getByText("Revoked")).toBeInTheDocument();
    expect(within(row).queryByRole("button")).not.toBeInTheDocument();
  });

  it("shows a new token once, and does not keep it", async () => {
    const sent: unknown[] = [];
    server.use(
      lists(),
      http.post(at("/tokens"), async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({ ...makeToken(), token: "stg_shown_once" }, { status: 201 });
      }),
    );
    const { user, queryClient } = open();
    await user.click(await screen.findByRole("button", { name: "New token" }));
    await user.type(screen.getByRole("textbox", { name: /Name/ }), " ci ");
    await user.click(screen.getByRole("radio", { name: /maintainer/ }));
    await user.click(screen.getByRole("combobox", { name: "Valid for" }));
    await user.click(screen.getByRole("option", { name: "Until revoked", hidden: true }));
    await user.click(screen.getByRole("button", { name: "Create token" }));
    expect(await screen.findByText("stg_shown_once")).toBeInTheDocument();
    expect(sent).toEqual([{ name: "ci", role: "maintainer", expires_at: null }]);

    await user.keyboard("{Escape}");
    expect(screen.getByText("stg_shown_once")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "I have copied it" }));
    expect(screen.queryByText("stg_shown_once")).not.toBeInTheDocument();
    const kept = queryClient.getQueryCache().getAll();
    expect(JSON.stringify(kept.map(({ state }) => state.data))).not.toContain("stg_shown_once");
    await vi.waitFor(() => expect(queryClient.getMutationCache().getAll()).toEqual([]));
  });

  it("shows why a token was not created", async () => {
    server.use(
      lists(),
      http.post(at("/tokens"), () => problem(409, "name-taken")),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "New token" }));
    await user.type(screen.getByRole("textbox", { name: /Name/ }), "ci");
    await user.click(screen.getByRole("button", { name: "Create token" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Detail of name-taken.");
  });

  it("asks for confirmation before it revokes, and describes the effect", async () => {
    const revoked: unknown[] = [];
    server.use(
      lists(makeToken({ id: "token-7", name: "ada" })),
      http.delete(at("/tokens/:token"), ({ params }) => {
        revoked.push(params.token);
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Revoke ada" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("signs out every browser that signed in with it");
    expect(dialog).toHaveTextContent("You are signed in with this token");
    expect(revoked).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Revoke ada" }));
    await vi.waitFor(() => expect(revoked).toEqual(["token-7"]));
  });

  it("requests no tokens for users without the right to administer", async () => {
    server.use(holding("maintainer"));
    open();
    expect(await screen.findByRole("heading", { name: "Only for administrators" })).toBeInTheDocument();
    expect(
      await screen.findByRole("button", { name: /Requires the right administer on all applications/ }),
    ).toHaveAttribute("aria-disabled", "true");
  });
});
