import { fireEvent, screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PromotionSetRollback } from "@/api/contract";
import { allAtOnce, makeRegisteredEnvironment } from "@/test/environment-factories";
import { makeGate } from "@/test/gate-factories";
import { at } from "@/test/handlers";
import { makeImagePlan } from "@/test/plan-factories";
import { makePromotionSet, makeSetPlan } from "@/test/promotion-set-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { RollBackSetDialog } from "./roll-back-set-dialog";

const started: PromotionSetRollback[] = [];

const inEnvironment = (strategy: ReturnType<typeof makeRegisteredEnvironment>["strategy"]) =>
  server.use(
    http.get(at("/environments"), () =>
      HttpResponse.json({ items: [makeRegisteredEnvironment({ name: "Production", strategy })] }),
    ),
  );

/** Opens the dialog of a set in whose way these gates are, and returns its user. */
function open(gates: ReturnType<typeof makeGate>[] = []) {
  const members = makeSetPlan().members.map((member) => ({ ...member, plan: makeImagePlan({ gates }) }));
  const path = "/promotion-sets/set-1/rollback";
  server.use(
    http.post(at(`${path}/preview`), () => HttpResponse.json(makeSetPlan({ kind: "rollback", members }))),
    http.post(at(path), async ({ request }) => {
      started.push((await request.json()) as PromotionSetRollback);
      return HttpResponse.json(makePromotionSet(), { status: 202 });
    }),
  );
  return render(<RollBackSetDialog set={makePromotionSet()} onClose={vi.fn()} onStarted={vi.fn()} />).user;
}

beforeEach(() => {
  started.length = 0;
  inEnvironment(null);
});

describe("taking a set back", () => {
  it("sends why, and when the holds that it sets end", async () => {
    const user = open();
    await user.type(await screen.findByRole("textbox", { name: "Reason" }), "Orders are lost.");
    fireEvent.change(screen.getByLabelText("The hold ends"), { target: { value: "2096-12-01T12:00" } });
    await user.click(await screen.findByRole("button", { name: "Roll back 2 applications, 4 images" }));
    const until = new Date("2096-12-01T12:00").toISOString();
    await vi.waitFor(() => expect(started[0]).toMatchObject({ reason: "Orders are lost.", hold_until: until }));
  });

  it("asks for the reason that passes a freeze before it can be started", async () => {
    const user = open([makeGate({ kind: "freeze" })]);
    expect(await screen.findByRole("button", { name: /^Roll back 2.*give a reason to pass it/ })).toBeInTheDocument();
    await user.type(screen.getByRole("textbox", { name: "Reason" }), "Orders are lost.");
    await user.click(await screen.findByRole("button", { name: "Roll back 2 applications, 4 images" }));
    await vi.waitFor(() => expect(started[0]?.reason).toBe("Orders are lost."));
  });

  it("goes another way than the environment's for all applications where its user says so", async () => {
    inEnvironment({ ...allAtOnce, failure: "stop" });
    server.use(
      http.post(at("/environments/Production/strategy/preview"), () => HttpResponse.json({ rings: [["prod-eu"]] })),
    );
    const user = open();
    expect(await screen.findByText("All clusters at once")).toBeInTheDocument();
    await user.click(screen.getByRole("checkbox", { name: "Go another way this time" }));
    expect(screen.queryByText("All clusters at once")).not.toBeInTheDocument();
    await user.click(await screen.findByRole("button", { name: "Roll back 2 applications, 4 images" }));
    await vi.waitFor(() => expect(started[0]?.strategy).toMatchObject({ failure: "stop" }));
  });
});
