import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Stop } from "@/api/contract";
import { makeOperation, makeOperationCluster } from "@/test/operation-factories";
import { makeGate, makeStop } from "@/test/gate-factories";
import { at, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { PausedOperation } from "./paused-operation";

const clusters = [
  makeOperationCluster({ cluster: "prod-eu", phase: "ended", outcome: "succeeded" }),
  makeOperationCluster({ cluster: "prod-us" }),
];

function paused(gates = [makeGate()], stops: Stop[] = []) {
  server.use(http.get(at("/stops"), () => HttpResponse.json({ items: stops })));
  const pause = { at: "2026-12-01T12:00:00Z", gates };
  return render(<PausedOperation operation={makeOperation({ clusters, pause })} pause={pause} />);
}

const enabled = async (name: RegExp) => {
  const button = () => screen.getByRole("button", { name });
  // It is disabled until the person's rights are known.
  await vi.waitFor(() => expect(button()).not.toHaveAttribute("aria-disabled"));
  return button();
};

describe("a paused operation", () => {
  it("says which gate is in the way, who can open it, and which clusters have what", () => {
    paused();
    const region = screen.getByRole("region", { name: "Paused" });
    expect(region).toHaveTextContent("prod-eu has what it brings. prod-us is as before.");
    expect(region).toHaveTextContent(/A freeze is in the way; it ends in .*Nobody is in the office\..*administrator/);
  });

  it("is continued, and says why it cannot be yet", async () => {
    server.use(http.post(at("/operations/op-1/continue"), () => problem(409, "gate-closed")));
    const { user } = paused();
    await user.click(await enabled(/^Continue/));
    expect(await screen.findByText("Detail of gate-closed.")).toBeInTheDocument();
  });

  it("is undone after a question", async () => {
    const undone = vi.fn();
    server.use(
      http.post(at("/operations/op-1/undo"), () => {
        undone();
        return HttpResponse.json(makeOperation(), { status: 202 });
      }),
    );
    const { user } = paused();
    await user.click(await enabled(/^Undo/));
    expect(undone).not.toHaveBeenCalled();
    await user.click(await screen.findByText("Undo the operation"));
    await vi.waitFor(() => expect(undone).toHaveBeenCalledOnce());
  });

  it("offers neither while its stop stands", async () => {
    paused([makeGate({ kind: "stop", id: "stop-1", until: null })], [makeStop()]);
    const reason = /\(An emergency stop is in force\.\)/;
    await screen.findByRole("button", { name: new RegExp(`^Continue.*${reason.source}`) });
    expect(screen.getByRole("button", { name: /^Undo/ })).toHaveAttribute("aria-disabled", "true");
  });
});
