import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { Suspense } from "react";
import { describe, expect, it, vi } from "vitest";
import type { PromotionSet } from "@/api/contract";
import { at } from "@/test/handlers";
import { makeOperation } from "@/test/operation-factories";
import { makePromotionSet, makeSetMember } from "@/test/promotion-set-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { PromotionSetPage } from "./set-page";

type Copy = PromotionSet["members"][number]["copies"][number];

const copy = (over: Partial<Copy> = {}): Copy => ({
  source: "dev.example/web:2",
  target: "prod.example/web:2",
  digest: "sha256:2",
  ended: false,
  bytes: 5_000_000,
  bytes_done: 2_500_000,
  ...over,
});

function show(set: PromotionSet) {
  server.use(
    http.get(at("/promotion-sets/set-1"), () => HttpResponse.json(set)),
    http.get(at("/stops"), () => HttpResponse.json({ items: [] })),
  );
  render(
    <Suspense fallback="Loading">
      <PromotionSetPage id="set-1" onRollBack={vi.fn()} over={() => null} />
    </Suspense>,
  );
}

describe("The page of a set", () => {
  it("shows for each application how far its images have come to the target's registry", async () => {
    show(makePromotionSet({ members: [makeSetMember("api"), makeSetMember("web", { copies: [copy()] })] }));
    const copies = within(await screen.findByRole("list", { name: "Images copied first for web" }));
    expect(copies.getByText("from dev.example/web:2, 2.5 of 5.0 MB")).toBeInTheDocument();
    expect(copies.getByRole("progressbar", { name: "Copied of prod.example/web:2" })).toHaveAttribute(
      "aria-valuenow",
      "50",
    );
    expect(screen.queryByRole("list", { name: "Images copied first for api" })).not.toBeInTheDocument();
  });

  it("tells an image that has come from one that did not", async () => {
    const ended = makeOperation({ state: "failed" });
    const copies = [copy({ ended: true }), copy({ target: "prod.example/db:2", bytes: null, bytes_done: null })];
    show(makePromotionSet({ members: [makeSetMember("web", { operation: ended, copies })] }));
    const [web, db] = within(await screen.findByRole("list", { name: "Images copied first for web" })).getAllByRole(
      "listitem",
    );
    expect(within(web!).getByText("Copied")).toBeInTheDocument();
    expect(within(db!).getByText("Not copied")).toBeInTheDocument();
  });
});
