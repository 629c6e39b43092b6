import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Gate, PromotionSet, Stop } from "@/api/contract";
import { makeGate, makeStop } from "@/test/gate-factories";
import { at } from "@/test/handlers";
import { makeOperation } from "@/test/operation-factories";
import { makePromotionSet, makeSetMember } from "@/test/promotion-set-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { PausedSet } from "./paused-set";

const stopped = (...stops: Stop[]) => server.use(http.get(at("/stops"), () => HttpResponse.json({ items: stops })));

beforeEach(() => stopped());

/** A set whose two applications are paused by the gate, the second one first. */
const pausedSet = (gate: Gate): PromotionSet =>
  makePromotionSet({
    members: [
      ["api", "2026-11-23T12:05:00Z"],
      ["web", "2026-11-23T12:04:00Z"],
    ].map(([name, since]) =>
      makeSetMember(name!, { operation: makeOperation({ pause: { at: since!, gates: [gate] } }) }),
    ),
  });

describe("a paused set", () => {
  it("says why, since when, and who can open what is in its way, once for all applications", () => {
    const gate = makeGate({ kind: "ring", reason: "Ring 1 is good.", opened_by: "Whoever may promote continues it." });
    render(<PausedSet set={pausedSet(gate)} />);
    const said = within(screen.getByRole("region", { name: "Paused" }));
    expect(said.getAllByText("Ring 1 is good.")).toHaveLength(1);
    expect(said.getByText("Whoever may promote continues it.")).toBeInTheDocument();
    expect(said.getByText(/^Paused/).querySelector("time")).toHaveAttribute("dateTime", "2026-11-23T12:04:00Z");
  });

  it("is continued by a person", async () => {
    const asked = vi.fn(() => HttpResponse.json(makePromotionSet(), { status: 202 }));
    server.use(http.post(at("/promotion-sets/set-1/continue"), asked));
    const { user } = render(<PausedSet set={pausedSet(makeGate({ kind: "ring" }))} />);
    await user.click(await screen.findByRole("button", { name: "Continue" }));
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  });

  it("does not go on while its stop is in force", async () => {
    stopped(makeStop({ id: "stop-1" }));
    render(<PausedSet set={pausedSet(makeGate({ kind: "stop", id: "stop-1", until: null }))} />);
    expect(await screen.findByRole("button", { name: /^Continue.*An emergency stop is in force/ })).toHaveAttribute(
      "aria-disabled",
      "true",
    );
  });

  it("says nothing where it is not paused", () => {
    render(<PausedSet set={makePromotionSet()} />);
    expect(screen.queryByRole("region", { name: "Paused" })).not.toBeInTheDocument();
  });
});
