import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { RightButton } from "@/connected/right-button";
import { at, holding, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";

const open = (environment: string) =>
  render(
    <RightButton needs="promote" at={{ application: "web", environment }} onClick={vi.fn()}>
      Promote
    </RightButton>,
  );

const labelled = (labels: Record<string, string>) =>
  http.get(at("/applications/web"), () =>
    HttpResponse.json({ id: "1", name: "web", description: "", labels, created_at: "", updated_at: "" }),
  );

describe("a button that needs a right", () => {
  it("is enabled where the right is held", async () => {
    server.use(holding("promoter", { applications: ["web"], environments: ["Staging"] }));
    open("Staging");
    await vi.waitFor(() =>
      expect(screen.getByRole("button", { name: "Promote" })).not.toHaveAttribute("aria-disabled"),
    );
  });

  it("names the missing right and its place elsewhere", async () => {
    server.use(holding("promoter", { applications: ["web"], environments: ["Staging"] }));
    open("Production");
    expect(
      await screen.findByRole("button", { name: /^Promote.*\(Requires the right promote on web in Production\.\)$/ }),
    ).toHaveAttribute("aria-disabled", "true");
  });

  it("follows the application's labels", async () => {
    server.use(holding("promoter", { labels: { team: "shop" } }), labelled({ team: "shop" }));
    open("Staging");
    await vi.waitFor(() =>
      expect(screen.getByRole("button", { name: "Promote" })).not.toHaveAttribute("aria-disabled"),
    );
  });

  it("stays disabled on an application with other labels", async () => {
    const asked = vi.fn();
    server.events.on("response:mocked", ({ request }) => void asked(new URL(request.url).pathname));
    server.use(holding("promoter", { labels: { team: "shop" } }), labelled({ team: "docs" }));
    open("Staging");
    await vi.waitFor(() => expect(asked).toHaveBeenCalledWith("/api/v1/applications/web"));
    expect(screen.getByRole("button", { name: /Requires the right promote on web in Staging/ })).toHaveAttribute(
      "aria-disabled",
    );
  });

  it("keeps the focus of who stands on it when what blocked it is gone", async () => {
    const blockedBy = (reason: string | null) => (
      <RightButton
        needs="promote"
        at={{ application: "web", environment: "Staging" }}
        blocked={reason}
        onClick={vi.fn()}
      >
        Promote
      </RightButton>
    );
    server.use(holding("promoter", { applications: ["web"], environments: ["Staging"] }));
    const { show } = render(blockedBy("The plan is being made."));
    const button = await screen.findByRole("button", { name: /The plan is being made/ });
    button.focus();
    show(blockedBy(null));
    await vi.waitFor(() => expect(button).not.toHaveAttribute("aria-disabled"));
    expect(button).toHaveFocus();
  });

  it("tells that the rights could not be read", async () => {
    server.use(http.get(at("/me/rights"), () => problem(503, "unavailable")));
    open("Staging");
    expect(await screen.findByRole("button", { name: /could not read your rights/ })).toHaveAttribute("aria-disabled");
  });
});
