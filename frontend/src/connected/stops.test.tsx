import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Stop, StopCreate } from "@/api/contract";
import { makeStop } from "@/test/gate-factories";
import { at, holding } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { StopBanner } from "./stop-banner";
import { StopControl } from "./stop-control";

const stopped = (...items: Stop[]) => server.use(http.get(at("/stops"), () => HttpResponse.json({ items })));
const asRole = (role: "admin" | "maintainer") => server.use(holding(role));

describe("the emergency stop", () => {
  it("takes a reason and the typed name of what is stopped", async () => {
    asRole("maintainer");
    const sent: StopCreate[] = [];
    server.use(
      http.post(at("/stops"), async ({ request }) => {
        sent.push((await request.json()) as StopCreate);
        return HttpResponse.json(makeStop(), { status: 201 });
      }),
    );
    const { user } = render(<StopControl kind="environment" names={["Production", "Staging"]} />);
    const button = () => screen.getByRole("button", { name: /^Stop environment Production/ });
    // It is disabled until the person's rights are known.
    await vi.waitFor(() => expect(button()).not.toHaveAttribute("aria-disabled"));
    await user.click(button());
    const dialog = await screen.findByRole("dialog", { name: "Stop environment Production?" });
    const now = within(dialog).getByText("Stop now").closest("button")!;
    await user.type(within(dialog).getByLabelText(/^Reason/), "Restore.");
    await user.type(within(dialog).getByLabelText(/^Type Production to confirm/), "Productio");
    expect(now).toBeDisabled();
    await user.type(within(dialog).getByLabelText(/^Type Production to confirm/), "n");
    await user.click(now);
    await vi.waitFor(() => expect(sent).toEqual([{ environment: "Production", cluster: null, reason: "Restore." }]));
  });

  it("of a cluster is an administrator's", async () => {
    asRole("maintainer");
    render(<StopControl kind="cluster" names={["prod-eu"]} />);
    const button = await screen.findByRole("button", { name: /^Stop cluster prod-eu/ });
    expect(button).toHaveAttribute("aria-disabled", "true");
  });
});

describe("the banner of stops", () => {
  it("is absent while nothing is stopped", async () => {
    stopped();
    const { queryClient } = render(<StopBanner />);
    await vi.waitFor(() => expect(queryClient.isFetching()).toBe(0));
    expect(screen.queryByRole("region")).not.toBeInTheDocument();
  });

  it("says what is stopped, by whom and why, and offers to lift what one may lift", async () => {
    stopped(makeStop(), makeStop({ id: "stop-2", environment: null, reason: "Look first." }));
    asRole("maintainer");
    const lifted = vi.fn();
    server.use(
      http.delete(at("/stops/stop-1"), () => {
        lifted();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = render(<StopBanner />);
    const [one, all] = await screen.findAllByRole("listitem");
    expect(one).toHaveTextContent(/environment Production\. The database is being restored\. Stopped by Ada/);
    expect(all).toHaveTextContent(/^Nothing is written to any cluster\. Look first\./);
    expect(within(all!).queryByRole("button")).not.toBeInTheDocument();
    await user.click(await within(one!).findByRole("button"));
    await user.click(await screen.findByText("Lift the stop"));
    await vi.waitFor(() => expect(lifted).toHaveBeenCalledOnce());
  });
});
