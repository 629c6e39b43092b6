import { screen, within } from "@testing-library/react";
import { http, HttpResponse, type JsonBodyType } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { DeployRequest } from "@/api/contract";
import { allAtOnce, makeRegisteredEnvironment } from "@/test/environment-factories";
import { at, problem } from "@/test/handlers";
import { makeOperation } from "@/test/operation-factories";
import { makeImagePlan } from "@/test/plan-factories";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { DeployDialog } from "./deploy-dialog";

const started: DeployRequest[] = [];

beforeEach(() => {
  started.length = 0;
  const deploy = at("/applications/shop/environments/Staging/deploy");
  const strategy = { ...allAtOnce, on_failure: "roll-back" as const, failure: "stop" as const };
  server.use(
    http.get(at("/environments"), () =>
      HttpResponse.json({ items: [makeRegisteredEnvironment({ name: "Staging", strategy })] }),
    ),
    http.post(`${deploy}/preview`, () => HttpResponse.json(makeImagePlan())),
    http.post(deploy, async ({ request }) => {
      started.push((await request.json()) as DeployRequest);
      return HttpResponse.json(makeOperation({ id: "op-9" }), { status: 202 });
    }),
  );
});

/** Answers previews of strategies, and records what is asked. */
function allotting(answer: () => HttpResponse<JsonBodyType>) {
  const asked: unknown[] = [];
  server.use(
    http.post(at("/environments/Staging/strategy/preview"), async ({ request }) => {
      asked.push(await request.json());
      return answer();
    }),
  );
  return asked;
}

/** Opens the deployment of a pushed image, and asks for another strategy than the environment's. */
async function anotherWay() {
  const props = { application: "shop", environment: "Staging", image: "registry.example/shop/web:1.5.0" };
  const { user } = render(<DeployDialog {...props} onClose={vi.fn()} onStarted={vi.fn()} onProposed={vi.fn()} />);
  expect(await screen.findByText(/^On failure: undo the ring/)).toBeInTheDocument();
  await user.click(screen.getByRole("checkbox", { name: "Go another way this time" }));
  return user;
}

const startButton = () => screen.findByRole("button", { name: /^Deploy to 2 containers/ });

describe("another strategy for one request", () => {
  it("shows the clusters of each ring, and is what the request sends", async () => {
    allotting(() => HttpResponse.json({ rings: [["staging-1"], []], left_over: [] }));
    const user = await anotherWay();
    await user.click(screen.getByRole("button", { name: "Change the clusters in rings" }));
    const [first, second] = ["ring 1", "ring 2"].map((name) => screen.getByRole("group", { name }));
    expect(await within(first!).findByText("Now: staging-1")).toBeInTheDocument();
    expect(within(second!).getByText("No cluster is left for it now: it is left out.")).toBeInTheDocument();
    const button = await startButton();
    await vi.waitFor(() => expect(button).not.toHaveAttribute("aria-disabled"));
    await user.click(button);
    await vi.waitFor(() => expect(started).toHaveLength(1));
    expect(started[0]!.strategy).toMatchObject({
      rings: [
        { size: 1, soak_seconds: 600 },
        { remaining: true, soak_seconds: 0 },
      ],
      failure: "stop",
      fallback: false,
    });
  });

  it("says why it would be refused before the start is pressed, and starts nothing", async () => {
    const detail = "This strategy takes the right 'maintain'. It has 1 ring, where the environment's strategy has 2.";
    const asked = allotting(() => problem(403, "forbidden", { detail }));
    const user = await anotherWay();
    expect(await screen.findByText(detail)).toBeInTheDocument();
    const button = await startButton();
    expect(button).toHaveAttribute("aria-disabled", "true");
    await user.click(button);
    expect(started).toEqual([]);
    expect(asked[0]).toMatchObject({ applications: ["shop"], strategy: { failure: "stop", fallback: false } });
    await user.click(screen.getByRole("checkbox", { name: "Go another way this time" }));
    expect(screen.queryByText(detail)).not.toBeInTheDocument();
    expect(await screen.findByRole("button", { name: "Deploy to 2 containers on 2 clusters" })).toBeEnabled();
  });
});
