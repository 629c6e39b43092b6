import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { TimelineEntry } from "@/api/contract";
import { at, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { makeEntry } from "@/test/timeline-factories";
import type { Shown } from "./model";
import { TimelinePage } from "./timeline-page";

const path = at("/applications/shop/environments/Production/timeline");

/** Serves these entries, one page each; the queries that were asked. */
function serves(...entries: TimelineEntry[]): URLSearchParams[] {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(path, ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const index = Number(query.get("cursor") ?? 0);
      const next = index + 1 < entries.length ? String(index + 1) : null;
      return HttpResponse.json({ items: entries.slice(index, index + 1), next_cursor: next });
    }),
  );
  return asked;
}

function shows(shown: Shown = {}) {
  const onShow = vi.fn();
  const onEnvironment = vi.fn();
  const view = render(
    <TimelinePage
      application="shop"
      environment="Production"
      environments={["Staging", "Production"]}
      shown={shown}
      onShow={onShow}
      onEnvironment={onEnvironment}
    />,
  );
  return { ...view, onShow, onEnvironment };
}

describe("the timeline of an app environment", () => {
  it("says under each day when what happened, for how long, and leads to what it is about", async () => {
    serves(makeEntry({ operation: "op-1", release: 8, divergence: "d-1" }));
    shows();
    const day = await screen.findByRole("region", { name: /^\w+day \d+ November 2026$/ });
    const [entry] = within(day).getAllByRole("listitem");
    expect(entry).toHaveTextContent(/Restart.*restarted 9 times.*OOMKilled.*30 min 21 s/);
    const to = (name: string) => within(entry!).getByRole("link", { name }).getAttribute("href");
    expect(to("Operation")).toBe("/operations/op-1");
    expect(to("Release 8")).toBe("/applications/shop?environment=Production");
    expect(to("Drift")).toBe("/drift");
  });

  it("says of what goes on since when it does", async () => {
    serves(makeEntry({ until: null, text: "Deployment web on prod-eu has failed." }));
    shows();
    expect(await screen.findByText(/goes on, for/)).toBeInTheDocument();
  });

  it("asks for the span of time and the kinds that the address names, and for earlier entries on demand", async () => {
    const asked = serves(makeEntry(), makeEntry({ id: "event-0", text: "Earlier." }));
    const { user } = shows({ range: "7d", only: ["health"] });
    await screen.findByText(/OOMKilled/);
    expect(asked[0]?.getAll("kinds")).toEqual(["health", "restart", "cluster", "omitted"]);
    expect(Date.now() - Date.parse(asked[0]?.get("from") ?? "")).toBeGreaterThanOrEqual(7 * 86_400_000);
    await user.click(screen.getByRole("button", { name: "Load earlier entries" }));
    expect(await screen.findByText("Earlier.")).toBeInTheDocument();
    expect(screen.getByText(/OOMKilled/)).toBeInTheDocument();
  });

  it("reaches last night by one click, and shows only what is chosen", async () => {
    serves(makeEntry());
    const { user, onShow, onEnvironment } = shows();
    await user.click(screen.getByRole("radio", { name: "Last night" }));
    expect(onShow).toHaveBeenLastCalledWith({ range: "night" });
    await user.click(screen.getByRole("checkbox", { name: "Drift" }));
    expect(onShow).toHaveBeenLastCalledWith({ only: ["drift"] });
    await user.selectOptions(screen.getByRole("combobox", { name: "Environment" }), "Staging");
    expect(onEnvironment).toHaveBeenCalledWith("Staging");
  });

  it("asks for nothing while the picked span of time is none", () => {
    const asked = serves(makeEntry());
    shows({ range: "picked", from: "2026-11-27T02:00", to: "2026-11-26T02:00" });
    expect(screen.getByText("The end has to be after the beginning.")).toBeInTheDocument();
    expect(asked).toEqual([]);
  });

  it("says that nothing happened, and what went wrong", async () => {
    server.use(http.get(path, () => HttpResponse.json({ items: [], next_cursor: null })));
    const { unmount } = shows();
    expect(await screen.findByText("Nothing happened")).toBeInTheDocument();
    unmount();
    server.use(http.get(path, () => problem(404, "not-found")));
    shows();
    expect(await screen.findByText("Detail of not-found.")).toBeInTheDocument();
  });
});
