import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { StoredConsent } from "@/api/contract";
import { makeAppEnvironment } from "@/test/factories";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { OwnedImagesSetting } from "./owned-images-setting";

const here = "/applications/shop/environments/Production";
const consent: StoredConsent = {
  consent: "owned-until-next-upgrade",
  given_by: "ben",
  given_at: "2026-11-23T12:00:00Z",
};
const answer = (...consents: StoredConsent[]) => HttpResponse.json(makeAppEnvironment({ consents }));

function show(...consents: StoredConsent[]) {
  server.use(http.get(at(here), () => answer(...consents)));
  return render(<OwnedImagesSetting application="shop" environment="Production" />);
}

describe("the consent for images of delivery tools", () => {
  it("is stored by an administrator who has read the consequence", async () => {
    server.use(http.put(at(`${here}/consents/owned-until-next-upgrade`), () => answer(consent)));
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Store consent" }));
    const dialog = await screen.findByRole("dialog", { name: "Store the consent for Production?" });
    expect(dialog).toHaveTextContent("automatic ones included");
    await user.click(within(dialog).getByRole("button", { name: "Store consent" }));
    expect(await screen.findByText(/Consent given by ben/)).toBeInTheDocument();
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });
  it("is withdrawn by an administrator", async () => {
    server.use(http.delete(at(`${here}/consents/owned-until-next-upgrade`), () => answer()));
    const { user } = show(consent);
    await user.click(await screen.findByRole("button", { name: "Withdraw consent" }));
    const dialog = await screen.findByRole("dialog", { name: "Withdraw the consent for Production?" });
    await user.click(within(dialog).getByRole("button", { name: "Withdraw consent" }));
    expect(await screen.findByRole("button", { name: "Store consent" })).toBeInTheDocument();
  });
  it("shows everybody who gave it and when, and lets only administrators change it", async () => {
    server.use(holding("maintainer"));
    show(consent);
    expect((await screen.findByText(/Consent given by ben/)).querySelector("time")).toHaveAttribute(
      "datetime",
      consent.given_at,
    );
    expect(
      await screen.findByRole("button", { name: /Requires the right administer on shop in Production/ }),
    ).toHaveAttribute("aria-disabled");
  });
  it("says in the dialog why it was not stored", async () => {
    server.use(http.put(at(`${here}/consents/owned-until-next-upgrade`), () => problem(403, "forbidden")));
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Store consent" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Store consent" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("Detail of forbidden.");
  });
});
