import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it } from "vitest";
import { at } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { CatchUps } from "./catch-ups";

it("says what clusters of the environment missed, and leads to the operation", async () => {
  const missed = {
    environment: "Production",
    operation: "op-1",
    kind: "promotion",
    clusters: ["prod-us"],
    ended_at: "2026-11-27T10:05:00Z",
    hindrance: null,
    sentence: "prod-us missed the promotion. It gets it when it answers.",
  };
  const elsewhere = { ...missed, environment: "Staging", operation: "op-2", sentence: "Not here." };
  server.use(http.get(at("/applications/shop/catch-ups"), () => HttpResponse.json({ items: [missed, elsewhere] })));
  render(<CatchUps application="shop" environment="Production" />);
  const found = await screen.findByRole("list", { name: "What clusters of Production missed" });
  expect(within(found).getByText(missed.sentence)).toBeVisible();
  expect(within(found).getByRole("link", { name: "Open the operation" })).toHaveAttribute("href", "/operations/op-1");
  expect(screen.queryByText("Not here.")).toBeNull();
});
