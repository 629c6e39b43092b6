import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { ImageDeliveries } from "@/api/contract";
import { makeAppEnvironment, makeResource } from "@/test/factories";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ImageDeliverySetting } from "./image-delivery-setting";

const here = "/applications/shop/environments/Production";
const refused: ImageDeliveries = { owned: "refuse", workloads: [], set_by: null, set_at: null };
const asOwner: ImageDeliveries = { ...refused, owned: "as-owner", set_by: "ben", set_at: "2026-11-23T12:00:00Z" };
const answer = (image_deliveries: ImageDeliveries) => HttpResponse.json(makeAppEnvironment({ image_deliveries }));

function show(deliveries: ImageDeliveries) {
  server.use(http.get(at(here), () => answer(deliveries)));
  return render(
    <>
      <span id="delivery">Delivery</span>
      <ImageDeliverySetting application="shop" environment="Production" labelledBy="delivery" />
    </>,
  );
}

describe("the delivery of images to what others own", () => {
  it("is set by an administrator who has read the consequence, and keeps that of single workloads", async () => {
    const web = { workload: makeResource("Deployment", "web"), delivery: "direct" as const, file: null };
    let sent: unknown;
    server.use(
      http.put(at(`${here}/image-deliveries`), async ({ request }) => {
        sent = await request.json();
        return answer({ ...asOwner, workloads: [web] });
      }),
    );
    const { user } = show({ ...refused, workloads: [web] });
    await user.click(await screen.findByRole("radio", { name: "As the owner" }));
    const dialog = await screen.findByRole("dialog", { name: "Set the delivery in Production to “As the owner”?" });
    expect(dialog).toHaveTextContent("automatic ones included");
    await user.click(within(dialog).getByRole("button", { name: "Set the delivery" }));
    expect(await screen.findByText(/Set by ben/)).toBeInTheDocument();
    expect(sent).toEqual({ owned: "as-owner", workloads: [web] });
  });
  it("takes back what was set for a single workload, and keeps the rest", async () => {
    const own = (name: string) => ({
      workload: makeResource("Deployment", name),
      delivery: "direct" as const,
      file: null,
    });
    let sent: unknown;
    server.use(
      http.put(at(`${here}/image-deliveries`), async ({ request }) => {
        sent = await request.json();
        return answer({ ...asOwner, workloads: [own("api")] });
      }),
    );
    const { user } = show({ ...asOwner, workloads: [own("web"), own("api")] });
    await user.click(await screen.findByRole("button", { name: /^Take back.*Deployment\/web$/ }));
    const dialog = await screen.findByRole("dialog", {
      name: "Take back the delivery of Deployment/web in Production?",
    });
    await user.click(within(dialog).getByRole("button", { name: "Take it back" }));
    await vi.waitFor(() => expect(screen.queryByText(/Deployment\/web/)).not.toBeInTheDocument());
    expect(sent).toEqual({ owned: "as-owner", workloads: [own("api")] });
  });
  it("is shown to everybody with who set it and when, and changed by administrators only", async () => {
    server.use(holding("maintainer"));
    show(asOwner);
    expect((await screen.findByText(/Set by ben/)).querySelector("time")).toHaveAttribute("datetime", asOwner.set_at);
    expect(screen.getByRole("radio", { name: "Refuse" })).toBeDisabled();
  });
  it("says in the dialog why it was not set", async () => {
    server.use(http.put(at(`${here}/image-deliveries`), () => problem(403, "forbidden")));
    const { user } = show(refused);
    await user.click(await screen.findByRole("radio", { name: "Direct" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Set the delivery" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("Detail of forbidden.");
  });
});
