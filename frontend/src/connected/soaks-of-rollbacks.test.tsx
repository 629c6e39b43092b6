import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PromotionSetRollback, RollbackRequest } from "@/api/contract";
import { RollBackSetDialog } from "@/features/promotion-sets/roll-back-set-dialog";
import { RollBackDialog } from "@/features/releases/roll-back-dialog";
import { allAtOnce, makeRegisteredEnvironment } from "@/test/environment-factories";
import { at } from "@/test/handlers";
import { makeOperation } from "@/test/operation-factories";
import { makeImagePlan, makeProblem } from "@/test/plan-factories";
import { makePromotionSet, makeSetPlan } from "@/test/promotion-set-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";

const told = "A ring soaks for 1 min at most, where the strategy of Staging says up to 1 h.";
const remedy = { code: "soak-in-full", title: "Soak in full", request: { full_soak: true } };
const shortened = makeProblem({ code: "soaks-shortened", severity: "tells", detail: told, remedy });

function soaking(seconds: number) {
  const ring = { clusters: null, labels: null, size: null, remaining: true, checks: [], pauses: false };
  return { ...allAtOnce, failure: "stop" as const, rings: [{ ...ring, soak_seconds: seconds }] };
}

const planned = ({ full_soak: full }: { full_soak?: boolean }) =>
  makeImagePlan({ strategy: soaking(full ? 3600 : 60), problems: full ? [] : [shortened] });

beforeEach(() =>
  server.use(
    http.get(at("/environments"), () =>
      HttpResponse.json({ items: [makeRegisteredEnvironment({ name: "Staging", strategy: soaking(3600) })] }),
    ),
  ),
);

function openRollback() {
  const started: RollbackRequest[] = [];
  const path = "/applications/shop/environments/Staging/rollback";
  server.use(
    http.post(at(`${path}/preview`), async ({ request }) =>
      HttpResponse.json(planned((await request.json()) as RollbackRequest)),
    ),
    http.post(at(path), async ({ request }) => {
      started.push((await request.json()) as RollbackRequest);
      return HttpResponse.json(makeOperation({ id: "op-9" }), { status: 202 });
    }),
  );
  const props = { application: "shop", environment: "Staging", release: 3, onClose: vi.fn(), onStarted: vi.fn() };
  return { ...render(<RollBackDialog {...props} />), started };
}

describe("the soaks of a rollback", () => {
  it("are shown as the plan has them, and not as the environment's strategy says", async () => {
    openRollback();
    expect(await screen.findByText(told)).toBeInTheDocument();
    expect(screen.getByText("soaks 1 min")).toBeInTheDocument();
    expect(screen.queryByText("soaks 1 h")).not.toBeInTheDocument();
  });

  it("are taken in full by one click, and shortened again by another", async () => {
    const { user, started } = openRollback();
    await user.click(await screen.findByRole("button", { name: "Soak in full" }));
    expect(await screen.findByText("soaks 1 h")).toBeInTheDocument();
    await user.click(screen.getByRole("checkbox", { name: "Soak in full" }));
    expect(await screen.findByText("soaks 1 min")).toBeInTheDocument();
    await user.click(await screen.findByRole("button", { name: "Soak in full" }));
    await user.click(await screen.findByRole("button", { name: "Roll back 2 images on 2 clusters" }));
    await vi.waitFor(() => expect(started[0]?.full_soak).toBe(true));
  });

  it("are not told where it goes by another strategy", async () => {
    const { user } = openRollback();
    await screen.findByText(told);
    await user.click(screen.getByRole("checkbox", { name: "Go another way this time" }));
    expect(screen.queryByText(told)).not.toBeInTheDocument();
  });

  it("are those of all applications of a set", async () => {
    const started: PromotionSetRollback[] = [];
    const path = "/promotion-sets/set-1/rollback";
    server.use(
      http.post(at(`${path}/preview`), async ({ request }) => {
        const plan = planned((await request.json()) as PromotionSetRollback);
        const members = makeSetPlan().members.map((member) => ({ ...member, plan }));
        return HttpResponse.json(makeSetPlan({ kind: "rollback", members }));
      }),
      http.post(at(path), async ({ request }) => {
        started.push((await request.json()) as PromotionSetRollback);
        return HttpResponse.json(makePromotionSet(), { status: 202 });
      }),
    );
    const props = {
      set: makePromotionSet({ id: "set-1", environment: "Staging" }),
      onClose: vi.fn(),
      onStarted: vi.fn(),
    };
    const { user } = render(<RollBackSetDialog {...props} />);
    expect(await screen.findByText("soaks 1 min")).toBeInTheDocument();
    await user.click((await screen.findAllByRole("button", { name: "Soak in full" }))[0]!);
    expect(await screen.findByText("soaks 1 h")).toBeInTheDocument();
    await vi.waitFor(() => expect(screen.queryByText(told)).not.toBeInTheDocument());
    await user.click(await screen.findByRole("button", { name: /^Roll back 2 applications/ }));
    await vi.waitFor(() => expect(started[0]).toMatchObject({ full_soak: true, strategy: null }));
  });
});
