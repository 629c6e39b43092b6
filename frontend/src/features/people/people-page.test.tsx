import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Person } from "@/api/contract";
import { at, holding, problem } from "@/test/handlers";
import { makePerson, makeSession } from "@/test/people-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { PeoplePage } from "./people-page";

const lists = (...items: Person[]) => http.get(at("/people"), () => HttpResponse.json({ items, next_cursor: null }));

const show = (search = "") => render(<PeoplePage search={search} onSearch={vi.fn()} />);

describe("the page of people", () => {
  it("lists who has signed in, with provider, groups and state", async () => {
    server.use(lists(makePerson(), makePerson({ id: "p2", name: "Grace", disabled_at: "2026-11-23T12:00:00Z" })));
    show();
    const ada = (await screen.findByRole("rowheader", { name: /^Ada Lovelace/ })).closest("tr")!;
    expect(ada).toHaveTextContent("ada@example.com, corp");
    expect(ada).toHaveTextContent("shop, ops");
    expect(ada).not.toHaveTextContent("Disabled");
    expect(screen.getByRole("rowheader", { name: /^Grace/ })).toHaveTextContent("Disabled");
  });

  it("finds people by their groups", async () => {
    server.use(lists(makePerson(), makePerson({ id: "p2", name: "Grace", groups: ["Platform"] })));
    show("plat");
    expect(await screen.findByRole("rowheader", { name: /^Grace/ })).toBeInTheDocument();
    expect(screen.queryByRole("rowheader", { name: /^Ada/ })).not.toBeInTheDocument();
  });

  it("tells nobody yet from nobody found", async () => {
    server.use(lists(makePerson()));
    const { show: again } = show("zzz");
    expect(await screen.findByRole("heading", { name: "Nobody matches" })).toBeInTheDocument();
    again(<PeoplePage search="" onSearch={vi.fn()} />);
    expect(screen.getByRole("rowheader", { name: /^Ada/ })).toBeInTheDocument();
  });

  it("shows the identity, all groups and the sessions of a person, and ends the sessions after asking", async () => {
    const ended: unknown[] = [];
    server.use(
      lists(makePerson({ groups: ["g1", "g2", "g3", "g4", "g5", "g6"] })),
      http.get(at("/people/person-1/sessions"), () =>
        HttpResponse.json({ items: ended.length ? [] : [makeSession()] }),
      ),
      http.delete(at("/people/:person/sessions"), ({ params }) => {
        ended.push(params.person);
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Details and sessions of Ada Lovelace" }));
    const dialog = await screen.findByRole("dialog", { name: "Ada Lovelace" });
    expect(dialog).toHaveTextContent("248289761001");
    expect(within(dialog).getByRole("link", { name: /^Roles of Ada Lovelace/ })).toHaveAttribute(
      "href",
      "/roles?kind=person&id=person-1",
    );
    expect(dialog).toHaveTextContent("g1, g2, g3, g4, g5, g6");
    expect(await within(dialog).findByText(/Firefox on Linux/)).toBeInTheDocument();
    await user.click(within(dialog).getByRole("button", { name: "End all sessions" }));
    expect(ended).toEqual([]);
    await user.click(await screen.findByRole("button", { name: "End all sessions" }));
    expect(await screen.findByText("Not signed in anywhere.")).toBeInTheDocument();
    expect(ended).toEqual(["person-1"]);
  });

  it("disables a person after confirmation", async () => {
    const disabled: unknown[] = [];
    server.use(
      http.get(at("/people"), () =>
        HttpResponse.json({
          items: [makePerson({ disabled_at: disabled.length > 0 ? "2026-11-23T12:00:00Z" : null })],
          next_cursor: null,
        }),
      ),
      http.post(at("/people/:person/disable"), ({ params }) => {
        disabled.push(params.person);
        return HttpResponse.json(makePerson());
      }),
    );
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Disable Ada Lovelace" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("All their sessions end at once");
    expect(disabled).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Disable Ada Lovelace" }));
    expect(await screen.findByRole("button", { name: "Enable Ada Lovelace" })).toBeInTheDocument();
    expect(disabled).toEqual(["person-1"]);
  });

  it("shows why a person was not enabled", async () => {
    server.use(
      lists(makePerson({ disabled_at: "2026-11-23T12:00:00Z" })),
      http.post(at("/people/:person/enable"), () => problem(404, "not-found")),
    );
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Enable Ada Lovelace" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Enable Ada Lovelace" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("Detail of not-found.");
  });

  it("requests no people for users without the admin role", async () => {
    server.use(holding("maintainer"));
    show();
    expect(await screen.findByRole("heading", { name: "Only for administrators" })).toBeInTheDocument();
  });
});
