import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import type { Comparison } from "@/api/contract";
import { makeComparison, makeDifference, makeMark, makeMissing } from "@/test/comparison-factories";
import { makeHold } from "@/test/gate-factories";
import { at, holding } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { ComparePage } from "./compare-page";

const token = { section: "secrets", hidden: true, key: "token", path: "data.token" } as const;
const nothing = [{ clusters: ["production-1"], present: true, value: null }];

/** The page of a comparison, and what is sent from it. */
function opened(comparison: Comparison) {
  const sent: unknown[] = [];
  const onBring = vi.fn();
  server.use(
    http.get(at("/applications/shop/comparison"), () => HttpResponse.json(comparison)),
    http.get(at("/applications/shop/environments/:environment/releases"), () =>
      HttpResponse.json({ items: [], next_cursor: null }),
    ),
    http.get(at("/applications/shop/expected-differences"), () => HttpResponse.json({ items: [makeMark()] })),
    http.post(at("/applications/shop/expected-differences"), async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ items: [] }, { status: 201 });
    }),
    http.delete(at("/applications/shop/expected-differences/:mark"), ({ params }) => {
      sent.push(params.mark);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const sides = { left: { environment: "Staging" }, right: { environment: "Production" } };
  const view = render(
    <ComparePage application="shop" environments={[]} sides={sides} onSides={vi.fn()} onBring={onBring} />,
  );
  return { ...view, sent, onBring };
}

it("shows values of ConfigMaps side by side, and of Secrets only that they differ", async () => {
  opened(
    makeComparison([makeDifference(), makeDifference({ ...token, left: nothing, right: nothing })], {
      counts: [
        { section: "config-maps", same: 5, different: 1, expected: 0 },
        { section: "secrets", same: 1, different: 1, expected: 0 },
      ],
    }),
  );
  expect(await screen.findByText("debug")).toBeVisible();
  expect(screen.getByText("info")).toBeVisible();
  expect(screen.getAllByText("a different value")).toHaveLength(2);
  expect(screen.getByText("1 difference, 5 the same")).toBeVisible();
});

it("says which of the two places is on hold", async () => {
  server.use(http.get(at("/holds"), () => HttpResponse.json({ items: [makeHold()] })));
  opened(makeComparison([]));
  expect(await screen.findByText("shop in Production is on hold")).toBeVisible();
});

it("brings the keys that are left selected, to the side that lacks them", async () => {
  const { user, onBring } = opened(makeComparison([makeMissing("new"), makeMissing("other")]));
  await user.click(await screen.findByRole("checkbox", { name: /settings:other/ }));
  await user.click(screen.getByRole("button", { name: "Bring 1 key to Production" }));
  expect(onBring).toHaveBeenCalledWith({
    source: "Staging",
    cluster: undefined,
    target: "Production",
    names: ["ConfigMap/settings:new"],
  });
});

it("says which right is missing to bring keys, on either side", async () => {
  server.use(holding("maintainer", { environments: ["Production"] }));
  const { user, onBring } = opened(makeComparison([makeMissing("new")]));
  const button = await screen.findByRole("button", { name: /Requires the right maintain on shop in Staging/ });
  await user.click(button);
  expect(onBring).not.toHaveBeenCalled();
});

it("marks a difference as expected, and all that are proposed", async () => {
  const replicas = makeDifference({ path: "data.size", key: "size", proposed: "override" });
  const { user, sent } = opened(makeComparison([makeDifference(), replicas]));
  await user.click(await screen.findByRole("button", { name: "Mark as expected: ConfigMap settings data.mode" }));
  await user.click(screen.getByRole("button", { name: "Mark 1 proposed as expected" }));
  const field = { group: "", kind: "ConfigMap", name: "settings" };
  const environments = ["Staging", "Production"];
  await vi.waitFor(() =>
    expect(sent).toEqual([
      { environments, fields: [{ ...field, path: "data.mode" }] },
      { environments, fields: [{ ...field, path: "data.size" }] },
    ]),
  );
});

it("takes the mark of an expected difference back", async () => {
  const { user, sent } = opened(makeComparison([makeDifference({ expected: true })]));
  await user.click(await screen.findByText("ConfigMaps"));
  await user.click(screen.getByText("1 expected difference"));
  await user.click(await screen.findByRole("button", { name: /Take back/ }));
  await vi.waitFor(() => expect(sent).toEqual(["mark-1"]));
});

it("offers no marks to whoever may not maintain both sides, and says what could not be compared", async () => {
  opened(makeComparison([makeDifference()], { lacking: "This needs a right.", not_compared: ["Cluster eu is down."] }));
  expect(await screen.findByText("Cluster eu is down.")).toBeVisible();
  expect(screen.queryByRole("button", { name: /Mark as expected/ })).toBeNull();
});
