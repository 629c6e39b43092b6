import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Hold, HoldCreate } from "@/api/contract";
import { makeHold } from "@/test/gate-factories";
import { at, holding } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { Holds } from "./holds";

const held = (...items: Hold[]) => server.use(http.get(at("/holds"), () => HttpResponse.json({ items })));
const asRole = (role: "viewer" | "maintainer") => server.use(holding(role));

describe("the holds of a place", () => {
  it("tell who holds it, why and until when", async () => {
    held(makeHold(), makeHold({ id: "hold-2", application: null, reason: "Audit.", until: "2096-01-01T00:00:00Z" }));
    asRole("viewer");
    render(<Holds environment="Production" application="shop" />);
    const [own, whole] = await screen.findAllByRole("listitem");
    expect(own).toHaveTextContent(/On hold until somebody lifts it.*Payments fail with 1\.4\.2\..*by Ada/);
    expect(whole).toHaveTextContent(/Production is on hold until it ends.*Audit\./);
    expect(screen.queryByRole("button")).not.toBeInTheDocument();
  });

  it("are set with a reason", async () => {
    held();
    asRole("maintainer");
    const sent: HoldCreate[] = [];
    server.use(
      http.post(at("/holds"), async ({ request }) => {
        sent.push((await request.json()) as HoldCreate);
        return HttpResponse.json(makeHold(), { status: 201 });
      }),
    );
    const { user } = render(<Holds environment="Production" application="shop" />);
    await user.click(await screen.findByRole("button", { name: /^Hold/ }));
    const dialog = await screen.findByRole("dialog", { name: "Hold shop in Production" });
    expect(within(dialog).getByText("Set the hold").closest("button")).toBeDisabled();
    await user.type(within(dialog).getByLabelText(/^Reason/), "Look first.");
    await user.click(within(dialog).getByText("Set the hold"));
    await vi.waitFor(() =>
      expect(sent).toEqual([{ environment: "Production", application: "shop", reason: "Look first.", until: null }]),
    );
  });

  it("are lifted after a question, and the environment's only there", async () => {
    held(makeHold(), makeHold({ id: "hold-2", application: null }));
    asRole("maintainer");
    const lifted = vi.fn();
    server.use(
      http.delete(at("/holds/hold-1"), () => {
        lifted();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = render(<Holds environment="Production" application="shop" />);
    const buttons = await screen.findAllByRole("button");
    expect(buttons).toHaveLength(1);
    await user.click(buttons[0]!);
    expect(lifted).not.toHaveBeenCalled();
    await user.click(await screen.findByText("Lift the hold"));
    await vi.waitFor(() => expect(lifted).toHaveBeenCalledOnce());
  });
});
