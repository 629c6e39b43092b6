import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Token } from "@/api/contract";
import { makeMe, makeToken } from "@/test/factories";
import { at, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { TokensPage } from "./tokens-page";

const lists = (...items: Token[]) => http.get(at("/tokens"), () => HttpResponse.json({ items, next_cursor: null }));

const open = (all = false) => render(<TokensPage all={all} onAll={vi.fn()} />);

describe("the page of tokens", () => {
  it("lists those that are good, and offers the others", async () => {
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
    expect(screen.getByRole("switch", { name: "Show 2 revoked or expired, too" })).not.toBeChecked();
  });

  it("lists the others where they are asked for, and revokes none of them again", async () => {
    server.use(lists(makeToken({ name: "old", revoked_at: "2026-11-01T00:00:00Z" })));
    open(true);
    const row = (await screen.findByRole("rowheader", { name: /^old/ })).closest("tr")!;
    expect(within(row).getByText("Revoked")).toBeInTheDocument();
    expect(within(row).queryByRole("button")).not.toBeInTheDocument();
  });

  it("shows a new token once, and nothing of it afterwards", async () => {
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
    await user.click(screen.getByRole("radio", { name: /operator/ }));
    await user.click(screen.getByRole("combobox", { name: "Valid for" }));
    await user.click(screen.getByRole("option", { name: "Until it is revoked", hidden: true }));
    await user.click(screen.getByRole("button", { name: "Give out the token" }));
    expect(await screen.findByText("stg_shown_once")).toBeInTheDocument();
    expect(sent).toEqual([{ name: "ci", role: "operator", expires_at: null }]);

    await user.keyboard("{Escape}");
    expect(screen.getByText("stg_shown_once")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "I have kept it" }));
    expect(screen.queryByText("stg_shown_once")).not.toBeInTheDocument();
    const kept = queryClient.getQueryCache().getAll();
    expect(JSON.stringify(kept.map(({ state }) => state.data))).not.toContain("stg_shown_once");
    await vi.waitFor(() => expect(queryClient.getMutationCache().getAll()).toEqual([]));
  });

  it("says why a token was not given out", async () => {
    server.use(
      lists(),
      http.post(at("/tokens"), () => problem(409, "name-taken")),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "New token" }));
    await user.type(screen.getByRole("textbox", { name: /Name/ }), "ci");
    await user.click(screen.getByRole("button", { name: "Give out the token" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Detail of name-taken.");
  });

  it("asks once before it revokes, and says what will happen", async () => {
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
    expect(dialog).toHaveTextContent("every browser that signed in with it, is refused from now on");
    expect(dialog).toHaveTextContent("You are signed in with it");
    expect(revoked).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Revoke ada" }));
    await vi.waitFor(() => expect(revoked).toEqual(["token-7"]));
  });

  it("asks nothing of the service for those who may not see tokens", async () => {
    server.use(http.get(at("/me"), () => HttpResponse.json(makeMe({ role: "operator" }))));
    open();
    expect(await screen.findByRole("heading", { name: "For administrators" })).toBeInTheDocument();
    expect(screen.getByRole("button", { name: /Needs the role admin/ })).toHaveAttribute("aria-disabled", "true");
  });
});
