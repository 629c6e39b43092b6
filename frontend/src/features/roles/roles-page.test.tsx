import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Binding, ExplainedRight } from "@/api/contract";
import { at, holding, problem } from "@/test/handlers";
import { makePerson } from "@/test/people-factories";
import { render } from "@/test/render";
import { makeBinding, makeScope } from "@/test/rights-factories";
import { server } from "@/test/server";
import { RolesPage } from "./roles-page";

/** The service with these bindings; it collects what is sent. */
function serving(...bindings: Binding[]) {
  const sent: unknown[] = [];
  const list = (items: readonly unknown[]) => () => HttpResponse.json({ items, next_cursor: null });
  server.use(
    http.get(at("/bindings"), list(bindings)),
    http.get(at("/people"), list([makePerson()])),
    http.get(at("/service-accounts"), list([])),
    http.get(at("/applications"), list([{ name: "shop" }])),
    http.get(at("/environments"), list([{ id: "e", name: "Staging" }])),
    http.post(at("/bindings"), async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(makeBinding(), { status: 201 });
    }),
    http.delete(at("/bindings/:binding"), ({ params }) => {
      sent.push(params.binding);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return sent;
}

/** Opens the dialog and names shop in Staging. */
async function giving() {
  const view = render(<RolesPage />);
  const { user } = view;
  await user.click(await screen.findByRole("button", { name: "Give a role" }));
  const dialog = within(await screen.findByRole("dialog"));
  const choose = async (field: RegExp, option: string) => {
    await user.click(await dialog.findByRole("combobox", { name: field }));
    await user.click(await screen.findByRole("option", { name: option }));
  };
  await choose(/^Applications/, "shop");
  await choose(/^Environments/, "Staging");
  return { user, dialog, choose };
}

describe("the page of roles", () => {
  it("tells who has which role where, until when, and who gave it", async () => {
    serving(
      makeBinding({ break_glass: true, scope: makeScope({ labels: { team: "shop" }, environments: ["Staging"] }) }),
      makeBinding({ id: "2", subject: { kind: "person", id: "p", name: "Bob" }, expires_at: "2020-01-01T00:00:00Z" }),
    );
    render(<RolesPage />);
    const group = (await screen.findByRole("rowheader", { name: /corp:shop/ })).closest("tr")!;
    for (const said of ["promoter", "with break glass", "applications with team=shop in Staging", "no end", "ada"])
      expect(group).toHaveTextContent(said);
    expect(screen.getByRole("rowheader", { name: /Bob/ }).closest("tr")).toHaveTextContent(/expired/);
  });

  it("gives a role to a person who is chosen from the list", async () => {
    const sent = serving();
    const { user, dialog, choose } = await giving();
    await choose(/^Person/, "Ada Lovelace, ada@example.com");
    await user.click(dialog.getByRole("radio", { name: "promoter" }));
    await user.click(dialog.getByRole("button", { name: "Give role" }));
    await vi.waitFor(() =>
      expect(sent).toEqual([
        {
          subject: { kind: "person", id: "person-1" },
          role: "promoter",
          applications: ["shop"],
          labels: null,
          environments: ["Staging"],
          break_glass: false,
          expires_at: null,
        },
      ]),
    );
  });

  it("sends nothing before it is said whom the role is for", async () => {
    const sent = serving();
    const { user, dialog } = await giving();
    await user.click(dialog.getByRole("button", { name: "Give role" }));
    expect(await dialog.findByRole("alert")).toHaveTextContent("Choose whom to give the role to.");
    expect(sent).toEqual([]);
  });

  it("lets maintainers who may not list people type an id, and says why a role was refused", async () => {
    serving();
    server.use(
      holding("maintainer", { applications: ["shop"] }),
      http.get(at("/people"), () => HttpResponse.error()),
      http.post(at("/bindings"), () => problem(403, "forbidden")),
    );
    const { user, dialog } = await giving();
    await user.type(dialog.getByRole("combobox", { name: /^Id of the person/ }), "person-7");
    await user.click(dialog.getByRole("button", { name: "Give role" }));
    expect(await dialog.findByRole("alert")).toHaveTextContent("Detail of forbidden.");
  });

  it("takes a role away after a confirmation", async () => {
    const sent = serving(makeBinding());
    const { user } = render(<RolesPage />);
    await user.click(await screen.findByRole("button", { name: "Take promoter from corp:shop" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("promoter on all applications in all environments");
    expect(sent).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Take promoter from corp:shop" }));
    await vi.waitFor(() => expect(sent).toEqual(["binding-1"]));
  });

  it("explains right by right what somebody may do, and by which roles", async () => {
    serving();
    const asked: string[] = [];
    const items: ExplainedRight[] = [
      { right: "promote", held: true, because_of: [makeBinding()] },
      { right: "view", held: true, because_of: [] },
      { right: "maintain", held: false, because_of: [] },
    ];
    server.use(
      http.get(at("/rights"), ({ request }) => {
        asked.push(new URL(request.url).search);
        return HttpResponse.json({ items });
      }),
    );
    const { user } = render(<RolesPage />);
    const choose = async (field: RegExp, option: string) => {
      await user.click(await screen.findByRole("combobox", { name: field }));
      await user.click(await screen.findByRole("option", { name: option }));
    };
    await choose(/^Kind/, "Group");
    await user.type(await screen.findByRole("combobox", { name: /^Group/ }), "corp:shop");
    await choose(/^Application/, "shop");
    await choose(/^Environment/, "Staging");
    await user.click(screen.getByRole("button", { name: "Explain" }));
    const rows = within(await screen.findByRole("table", { name: "On shop in Staging" })).getAllByRole("row");
    expect(rows.slice(1).map(({ textContent }) => textContent)).toEqual([
      expect.stringMatching(
        /^promote ?yespromoter on all applications in all environments, to corp:shop.*ada$/,
      ) as string,
      expect.stringMatching(/^view ?yes.*may not see$/) as string,
      expect.stringMatching(/^maintain ?no$/) as string,
    ]);
    expect(asked).toEqual(["?subject_kind=group&subject_id=corp%3Ashop&application=shop&environment=Staging"]);
  });

  it("shows the roles of one person with those of their groups, and asks what that person may do", async () => {
    serving(
      makeBinding(),
      makeBinding({ id: "2", subject: { kind: "person", id: "person-1", name: "Ada Lovelace" } }),
      makeBinding({ id: "3", subject: { kind: "person", id: "person-2", name: "Bob" } }),
    );
    render(<RolesPage whom={{ kind: "person", id: "person-1" }} />);
    expect(await screen.findByText("Ada Lovelace", { selector: "strong" })).toBeInTheDocument();
    await vi.waitFor(() => expect(screen.getAllByRole("rowheader")).toHaveLength(2));
    expect(screen.queryByRole("rowheader", { name: /Bob/ })).not.toBeInTheDocument();
    expect(await screen.findByRole("combobox", { name: /^Person/ })).toHaveValue("Ada Lovelace, ada@example.com");
  });

  it("reads no roles for those who maintain nothing", async () => {
    server.use(holding("promoter"));
    render(<RolesPage />);
    expect(await screen.findByRole("heading", { name: "Only for maintainers" })).toBeInTheDocument();
  });
});
