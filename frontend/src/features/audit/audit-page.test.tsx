import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { makeAuditEntry } from "@/test/audit-factories";
import { at } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { AuditPage } from "./audit-page";

const lists = (...items: ReturnType<typeof makeAuditEntry>[]) =>
  http.get(at("/audit"), () => HttpResponse.json({ items, next_cursor: null }));

describe("the page of the audit", () => {
  it("shows an entry's details: who, from where, before and after", async () => {
    server.use(lists(makeAuditEntry({ before: { pin: "tag" }, after: { pin: "digest" } })));
    const { user } = render(<AuditPage filter={{}} environments={[]} onFilter={vi.fn()} />);
    await user.click(await screen.findByRole("button", { name: "Cluster removed" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("session from 192.0.2.7");
    expect(within(dialog).getByRole("row", { name: "pin tag digest" })).toBeInTheDocument();
  });

  it("filters by what was typed, and exports what is filtered", async () => {
    server.use(lists());
    const onFilter = vi.fn();
    const { user } = render(<AuditPage filter={{ application: "shop" }} environments={[]} onFilter={onFilter} />);
    expect(await screen.findByText("No entry matches the filters")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Export" })).toHaveAttribute(
      "href",
      "/api/v1/audit/export?application=shop",
    );
    await user.type(screen.getByRole("textbox", { name: "Actor" }), "Ada ");
    await vi.waitFor(() => expect(onFilter).toHaveBeenCalledWith({ actor: "Ada" }));
  });
});
