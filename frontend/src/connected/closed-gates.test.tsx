import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { ClosedGate } from "@/api/contract";
import { makeClosedGate } from "@/test/gate-factories";
import { at, holding } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ChangeButton } from "./change-button";
import { ClosedGates } from "./closed-gates";

const closed = (...gates: ClosedGate[]) =>
  server.use(
    http.get(at("/applications/shop/gates"), () =>
      HttpResponse.json({
        items: [
          { environment: "Staging", gates: [] },
          { environment: "Production", gates },
        ],
      }),
    ),
  );
const approval = makeClosedGate({
  kind: "approval",
  id: null,
  until: null,
  reason: "Changes of 'Production' take approvals: 2 people who may approve here.",
  opened_by: "File a proposal (POST /api/v1/proposals).",
  kinds: ["promotion"],
});

const button = (kind: "promotion" | "rollback", onClick = vi.fn()) => (
  <ChangeButton needs="promote" kind={kind} application="shop" environment="Production" onClick={onClick}>
    Go
  </ChangeButton>
);

describe("a button that leads to a change", () => {
  it("says beforehand which gate is closed, until when and who can open it, and still shows the preview", async () => {
    closed(makeClosedGate());
    const pressed = vi.fn();
    const { user } = render(button("promotion", pressed));
    const found = await screen.findByRole("button", {
      name: /^Go ?\(A freeze is in the way until .*2096.*: Nobody is in the office\. It opens by itself; an administrator/,
    });
    await user.click(found);
    expect(pressed).toHaveBeenCalledOnce();
  });

  it("says that the change takes approval and can be proposed, and nothing of the API", async () => {
    closed(approval);
    render(button("promotion"));
    const found = await screen.findByRole("button", { name: /take approvals: 2 people .* It can be proposed\./ });
    expect(found).not.toHaveAccessibleName(/POST/);
  });

  it("says nothing of a gate that lets its kind of change pass", async () => {
    closed(makeClosedGate(), approval);
    render(
      <>
        {button("rollback")}
        <ClosedGates application="shop" environment="Production" />
      </>,
    );
    await screen.findByRole("list", { name: "Gates of Production" });
    expect(screen.getByRole("button", { name: "Go" })).toBeInTheDocument();
  });

  it("names the missing right rather than the gate to those who could not change anything anyhow", async () => {
    closed(makeClosedGate());
    server.use(holding("viewer"));
    render(button("promotion"));
    expect(await screen.findByRole("button", { name: /Requires the right promote/ })).not.toHaveAccessibleName(
      /freeze/,
    );
  });
});

describe("the gates of a place", () => {
  it("are listed with their end and who can open them, approvals with the kinds that take them", async () => {
    closed(makeClosedGate(), approval);
    render(<ClosedGates application="shop" environment="Production" />);
    const [freeze, takes] = within(await screen.findByRole("list", { name: "Gates of Production" })).getAllByRole(
      "listitem",
    );
    expect(freeze).toHaveTextContent(/^Frozen; it ends in .*Nobody is in the office\..*an administrator.*roll-back/);
    expect(takes).toHaveTextContent(/^Takes approval for promotion.*2 people who may approve here\.$/);
  });
});
