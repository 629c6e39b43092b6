import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Token } from "@/api/contract";
import { makeMe } from "@/test/factories";
import { at } from "@/test/handlers";
import { makeToken } from "@/test/people-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { MyTokensPage } from "./my-tokens-page";

const lists = (...items: Token[]) => http.get(at("/me/tokens"), () => HttpResponse.json({ items, next_cursor: null }));

describe("the page of one's own tokens", () => {
  beforeEach(() => {
    server.use(http.get(at("/session"), () => HttpResponse.json({ me: makeMe({ kind: "person" }) })));
  });

  it("lists what each token is limited to", async () => {
    server.use(lists(makeToken({ name: "laptop", role: "promoter", applications: ["shop"], environments: null })));
    render(<MyTokensPage />);
    const row = await screen.findByRole("rowheader", { name: /^laptop/ });
    expect(row).toHaveTextContent("promoter on shop in all environments");
  });

  it("creates a token for some applications and environments, and shows it once", async () => {
    const sent: Record<string, unknown>[] = [];
    server.use(
      lists(),
      http.post(at("/me/tokens"), async ({ request }) => {
        sent.push((await request.json()) as Record<string, unknown>);
        return HttpResponse.json({ ...makeToken(), token: "stgp_shown_once" }, { status: 201 });
      }),
    );
    const { user } = render(<MyTokensPage />);
    await user.click(await screen.findByRole("button", { name: "New token" }));
    await user.type(screen.getByRole("textbox", { name: /Name/ }), "laptop");
    await user.type(screen.getByRole("textbox", { name: /Only for applications/ }), "shop, docs");
    await user.click(screen.getByRole("button", { name: "Create token" }));
    expect(await screen.findByText("stgp_shown_once")).toBeInTheDocument();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      name: "laptop",
      role: "viewer",
      applications: ["shop", "docs"],
      environments: null,
    });
    await user.click(screen.getByRole("button", { name: "I have copied it" }));
    expect(screen.queryByText("stgp_shown_once")).not.toBeInTheDocument();
  });

  it("revokes a token after confirmation", async () => {
    const revoked: unknown[] = [];
    server.use(
      lists(makeToken({ id: "token-7", name: "laptop" })),
      http.delete(at("/me/tokens/:token"), ({ params }) => {
        revoked.push(params.token);
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = render(<MyTokensPage />);
    await user.click(await screen.findByRole("button", { name: "Revoke laptop" }));
    const dialog = await screen.findByRole("dialog");
    expect(revoked).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Revoke laptop" }));
    await vi.waitFor(() => expect(revoked).toEqual(["token-7"]));
  });

  it("tells who is no person that only people have such tokens", async () => {
    server.use(
      http.get(at("/session"), () => HttpResponse.json({ me: makeMe({ kind: "token" }) })),
      lists(),
    );
    render(<MyTokensPage />);
    expect(await screen.findByRole("heading", { name: "Only people have personal tokens" })).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "New token" })).not.toBeInTheDocument();
  });
});
