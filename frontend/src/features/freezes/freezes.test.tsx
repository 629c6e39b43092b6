import { fireEvent, screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { FreezeInput } from "@/api/contract";
import { makeFreeze, makeOccurrence } from "@/test/gate-factories";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { FreezesPage } from "./freezes-page";

const hour = 3_600_000;
const iso = (hours: number): string => new Date(Date.now() + hours * hour).toISOString();
const list = (items: unknown[]) => HttpResponse.json({ items });

function serves(freezes = [makeFreeze()], occurrences = [makeOccurrence({ starts: iso(-1), ends: iso(2) })]) {
  server.use(
    http.get(at("/freezes"), () => list(freezes)),
    http.get(at("/freezes/calendar"), () => list(occurrences)),
    http.get(at("/applications"), () => HttpResponse.json({ items: [{ name: "shop" }], next_cursor: null })),
    http.get(at("/environments"), () => list([{ name: "Production" }])),
  );
}

const fill = (dialog: HTMLElement, label: RegExp, value: string) =>
  fireEvent.change(within(dialog).getByLabelText(label), { target: { value } });

describe("the page of freezes", () => {
  it("tells on the calendar and in words what is open now, in the freeze's zone", async () => {
    serves();
    render(<FreezesPage />);
    const next = await screen.findByRole("list", { name: "Next windows" });
    expect(within(next).getByRole("listitem")).toHaveTextContent(
      /Nothing is deployed.*Open now: weekends,.*Europe\/Berlin/,
    );
    const lane = screen.getByRole("region", { name: "weekends: Frozen" });
    expect(within(lane).getByRole("listitem")).toHaveTextContent(/open now\. Nobody is in the office\./);
  });

  it("creates a freeze that recurs, by the wall clock of its zone", async () => {
    serves();
    const sent: FreezeInput[] = [];
    server.use(
      http.post(at("/freezes"), async ({ request }) => {
        sent.push((await request.json()) as FreezeInput);
        return HttpResponse.json(makeFreeze(), { status: 201 });
      }),
    );
    const { user } = render(<FreezesPage />);
    const button = () => screen.getByRole("button", { name: /^New freeze/ });
    // It is disabled until the person's role is known.
    await vi.waitFor(() => expect(button()).not.toHaveAttribute("aria-disabled"));
    await user.click(button());
    const dialog = await screen.findByRole("dialog", { name: "New freeze" });
    await user.click(within(dialog).getByRole("button", { name: "Create freeze" }));
    expect(within(dialog).getByText("Give the freeze a name.")).toBeInTheDocument();
    fill(dialog, /^Name/, "Fridays");
    fill(dialog, /^Starts(?! on)/, "2026-12-04T15:00");
    fill(dialog, /^Ends/, "2026-12-07T07:00");
    await user.selectOptions(within(dialog).getByRole("combobox", { name: "Repeats" }), "Weekly");
    await user.click(within(dialog).getByRole("checkbox", { name: "Friday" }));
    fill(dialog, /^Reason/, "Nobody is in the office.");
    await user.click(within(dialog).getByRole("button", { name: "Create freeze" }));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toEqual({
      name: "Fridays",
      effect: "deny",
      starts: "2026-12-04T15:00",
      ends: "2026-12-07T07:00",
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      rrule: "FREQ=WEEKLY;BYDAY=FR",
      reason: "Nobody is in the office.",
      environments: null,
      applications: null,
      labels: {},
    });
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  });

  it("shows at its field what the service refuses", async () => {
    serves();
    server.use(
      http.put(at("/freezes/freeze-1"), () =>
        problem(422, "invalid-request", { errors: [{ field: "body.zone", message: "There is no such zone." }] }),
      ),
    );
    const { user } = render(<FreezesPage />);
    await user.click(await screen.findByRole("button", { name: /^Edit/ }));
    const dialog = await screen.findByRole("dialog", { name: "Edit weekends" });
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    expect(await within(dialog).findByText("There is no such zone.")).toBeInTheDocument();
  });

  it("deletes a freeze after a question", async () => {
    serves();
    const deleted = vi.fn();
    server.use(
      http.delete(at("/freezes/freeze-1"), () => {
        deleted();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = render(<FreezesPage />);
    await user.click(await screen.findByRole("button", { name: /^Delete/ }));
    expect(deleted).not.toHaveBeenCalled();
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Delete weekends" }));
    await vi.waitFor(() => expect(deleted).toHaveBeenCalledOnce());
  });

  it("offers no change to who may not change them", async () => {
    serves();
    server.use(holding("maintainer"));
    render(<FreezesPage />);
    await screen.findByRole("list", { name: "Next windows" });
    expect(screen.queryByRole("button", { name: /^Delete/ })).not.toBeInTheDocument();
    expect(screen.getByRole("button", { name: /^New freeze/ })).toHaveAttribute("aria-disabled", "true");
  });
});
