import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeEnvironment } from "@/test/factories";
import { render } from "@/test/render";
import { BlockedPush } from "./blocked-push";

const blocked = {
  push: 7,
  repository: "registry.dev.example/shop/web",
  tag: "1.5.0",
  digest: null,
  discovered_at: "2026-11-23T12:00:00Z",
  code: "image-not-copyable",
  reason: "registry.prod.example takes no pushes.",
};

describe("A pushed image that automation cannot bring", () => {
  it("is named on the card with the reason", () => {
    render(<BlockedPush environment={makeEnvironment({ deploy_mode: "auto", blocked })} />);
    const shown = within(screen.getByRole("region", { name: "Blocked in Production" }));
    expect(shown.getByText("1.5.0")).toBeVisible();
    expect(shown.getByText("registry.prod.example takes no pushes.")).toBeVisible();
  });

  it("takes no room where nothing is blocked", () => {
    render(<BlockedPush environment={makeEnvironment({})} />);
    expect(screen.queryByRole("region", { name: /Blocked/ })).not.toBeInTheDocument();
  });
});
