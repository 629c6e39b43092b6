import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { GivenNamespace } from "@/api/contract";
import { makeRegisteredEnvironment } from "@/test/environment-factories";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { GivenNamespacesDialog } from "./given-namespaces-dialog";
import { OrderedEnvironments } from "./ordered-environments";

const makeGiven = (over: Partial<GivenNamespace> = {}): GivenNamespace => ({
  id: "given-1",
  pattern: "shop-*",
  applications: ["shop", "docs"],
  given_by: "ada",
  created_at: "2026-11-23T12:00:00Z",
  ...over,
});

/** The service with what is given; it collects what is sent. */
function serving(...given: GivenNamespace[]) {
  const sent: unknown[] = [];
  const items = [{ name: "shop-eu", clusters: ["dev"], given: true }];
  server.use(
    http.get(at("/environments/Staging/namespaces"), () =>
      HttpResponse.json({ items, given, not_asked: [], not_listed: [] }),
    ),
    http.get(at("/applications"), () => HttpResponse.json({ items: [{ name: "shop" }], next_cursor: null })),
    http.post(at("/environments/Staging/namespaces"), async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(makeGiven(), { status: 201 });
    }),
    http.delete(at("/environments/Staging/namespaces/:given"), ({ params }) => {
      sent.push(params.given);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return sent;
}

const open = () => render(<GivenNamespacesDialog environment="Staging" onClose={() => undefined} />);

describe("the given namespaces of an environment", () => {
  it("tell who may use what, by whom it was given", async () => {
    serving(
      makeGiven(),
      makeGiven({ id: "2", pattern: "tools", applications: null }),
      makeGiven({ id: "3", pattern: "old", applications: [] }),
    );
    open();
    const rows = within(await screen.findByRole("list", { name: "Given namespaces" })).getAllByRole("listitem");
    const said = ["shop-* to shop and docs", "tools to all applications", "old to no application any more"];
    rows.forEach((row, index) => expect(row).toHaveTextContent(said[index]!));
    expect(rows).toHaveLength(said.length);
    expect(rows[0]).toHaveTextContent("ada");
  });

  it("go to named applications", async () => {
    const sent = serving();
    const { user } = open();
    await user.type(await screen.findByRole("combobox", { name: /Namespace or pattern/ }), "shop-*");
    const give = screen.getByRole("button", { name: "Give namespaces" });
    expect(give).toBeDisabled();
    await user.click(screen.getByRole("combobox", { name: /Applications/ }));
    await user.click(await screen.findByRole("option", { name: "shop" }));
    await user.click(give);
    await vi.waitFor(() => expect(sent).toEqual([{ pattern: "shop-*", applications: ["shop"] }]));
  });

  it("go to all applications only where that is chosen", async () => {
    const sent = serving();
    const { user } = open();
    await user.type(await screen.findByRole("combobox", { name: /Namespace or pattern/ }), "tools");
    await user.click(screen.getByRole("radio", { name: "All applications" }));
    await user.click(screen.getByRole("button", { name: "Give namespaces" }));
    await vi.waitFor(() => expect(sent).toEqual([{ pattern: "tools", applications: null }]));
  });

  it("say why a pattern was refused", async () => {
    serving();
    server.use(http.post(at("/environments/Staging/namespaces"), () => problem(422, "invalid-request")));
    const { user } = open();
    await user.type(await screen.findByRole("combobox", { name: /Namespace or pattern/ }), "a*b");
    await user.click(screen.getByRole("radio", { name: "All applications" }));
    await user.click(screen.getByRole("button", { name: "Give namespaces" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Detail of invalid-request.");
  });

  it("are taken away after a confirmation that tells the effect", async () => {
    const sent = serving(makeGiven());
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Give shop-* no longer" }));
    expect(await screen.findByRole("dialog")).toHaveTextContent("In Staging, shop and docs can no longer use it.");
    expect(sent).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Give shop-* no longer" }));
    await vi.waitFor(() => expect(sent).toEqual(["given-1"]));
  });

  it("are offered to administrators only", async () => {
    server.use(http.get(at("/holds"), () => HttpResponse.json({ items: [], next_cursor: null })));
    const ignore = () => undefined;
    const shown = (
      <OrderedEnvironments
        environments={[makeRegisteredEnvironment({ name: "Staging" })]}
        policyOf={() => null}
        onApprovals={ignore}
        onEdit={ignore}
        onStrategy={() => undefined}
        onNamespaces={ignore}
        onLevel={ignore}
        onDelete={ignore}
      />
    );
    const { queryClient, unmount } = render(shown);
    expect(await screen.findByRole("button", { name: "Given namespaces of Staging" })).toBeInTheDocument();
    unmount();
    queryClient.clear();
    server.use(holding("maintainer"));
    const second = render(shown);
    await vi.waitFor(() => expect(second.queryClient.getQueryData(["rights"])).toHaveLength(3));
    expect(screen.queryByRole("button", { name: "Given namespaces of Staging" })).not.toBeInTheDocument();
  });
});
