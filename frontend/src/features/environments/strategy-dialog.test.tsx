import { screen, within } from "@testing-library/react";
import { http, HttpResponse, type JsonBodyType } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { EnvironmentUpdate } from "@/api/contract";
import { allAtOnce, makeEnvironmentCluster, makeRegisteredEnvironment } from "@/test/environment-factories";
import { at, problem } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { StrategyDialog } from "./strategy-dialog";

const judged = (answer: () => HttpResponse<JsonBodyType>) =>
  http.post(at("/environments/Production/strategy/preview-own"), answer);

function open(strategy: Parameters<typeof makeRegisteredEnvironment>[0] = {}, answer?: () => Response) {
  const saved: EnvironmentUpdate[] = [];
  server.use(
    judged(() => HttpResponse.json({ rings: [], left_over: [] })),
    http.patch(at("/environments/Production"), async ({ request }) => {
      saved.push((await request.json()) as EnvironmentUpdate);
      return answer?.() ?? HttpResponse.json(makeRegisteredEnvironment());
    }),
  );
  const clusters = ["prod-eu", "prod-us"].map(makeEnvironmentCluster);
  const onClose = vi.fn();
  const environment = makeRegisteredEnvironment({ clusters, ...strategy });
  return { ...render(<StrategyDialog environment={environment} onClose={onClose} />), saved, onClose };
}

describe("the strategy of an environment", () => {
  it("begins with a canary and the rest, and sends both", async () => {
    const { user, saved, onClose } = open();
    await user.click(screen.getByRole("button", { name: "Change the clusters in rings" }));
    await user.click(screen.getByRole("checkbox", { name: "Then a person continues" }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(saved[0]?.strategy?.rings).toEqual([
      { size: 1, soak_seconds: 600, checks: [], pauses: true },
      { remaining: true, soak_seconds: 0, checks: [], pauses: false },
    ]);
  });

  it("adds a check, which a ring then names, and sends it with the ring", async () => {
    const { user, saved } = open();
    await user.click(screen.getByRole("button", { name: "Change the clusters in rings" }));
    await user.click(screen.getByRole("button", { name: "Add a check" }));
    await user.click(await screen.findByRole("menuitem", { name: "HTTP request" }));
    await user.type(screen.getByRole("textbox", { name: "Address" }), "https://shop.example/healthz");
    const first = screen.getByRole("group", { name: "ring 1" });
    await user.click(within(first).getByRole("combobox", { name: "Checks after it" }));
    await user.click(await screen.findByRole("option", { name: "check-1" }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    await vi.waitFor(() => expect(saved).toHaveLength(1));
    expect(saved[0]?.strategy?.rings?.[0]?.checks).toMatchObject([
      { name: "check-1", http: { url: "https://shop.example/healthz", statuses: [200] } },
    ]);
  });

  it("sends hooks as the Jobs that their YAML says", async () => {
    const { user, saved } = open();
    await user.click(screen.getByRole("button", { name: "Add a hook" }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    await vi.waitFor(() => expect(saved).toHaveLength(1));
    expect(saved[0]?.strategy?.hooks).toMatchObject([
      { name: "hook-1", when: "before", scope: "environment", job: { manifest: { kind: "Job" }, seconds: 600 } },
    ]);
  });

  it("says what is lacking, and sends nothing before", async () => {
    const { user, saved } = open();
    await user.click(screen.getByRole("button", { name: "Add a check" }));
    await user.click(await screen.findByRole("menuitem", { name: "Prometheus query" }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Write the address.");
    expect(saved).toEqual([]);
  });

  it("shows the clusters of each ring, and what would be refused at its ring, before anything is saved", async () => {
    const { user, saved } = open();
    server.use(judged(() => HttpResponse.json({ rings: [["prod-eu"], ["prod-us"]], left_over: [] })));
    await user.click(screen.getByRole("button", { name: "Change the clusters in rings" }));
    const first = screen.getByRole("group", { name: "ring 1" });
    expect(await within(first).findByText("Now: prod-eu")).toBeInTheDocument();
    const message = "Value error, A ring's soak is at most 604800 seconds.";
    const errors = [{ field: "body.strategy.rings[0].soak_seconds", code: "x", message }];
    server.use(judged(() => problem(422, "invalid-request", { errors })));
    await user.click(screen.getByRole("checkbox", { name: "Then a person continues" }));
    expect(await within(first).findByText("A ring's soak is at most 604800 seconds.")).toBeInTheDocument();
    expect(within(first).queryByText("Now: prod-eu")).not.toBeInTheDocument();
    expect(saved).toEqual([]);
  });

  it("shows what the service says about a ring at that ring", async () => {
    const message = "Value error, A ring's soak is at most 604800 seconds.";
    const { user } = open({}, () =>
      problem(422, "invalid-request", {
        errors: [{ field: "body.strategy.rings[0].soak_seconds", code: "x", message }],
      }),
    );
    await user.click(screen.getByRole("button", { name: "Change the clusters in rings" }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    const first = screen.getByRole("group", { name: "ring 1" });
    expect(await within(first).findByRole("alert")).toHaveTextContent("A ring's soak is at most 604800 seconds.");
  });

  it("can be taken away", async () => {
    const { user, saved } = open({ strategy: allAtOnce });
    await user.click(screen.getByRole("button", { name: "Have no strategy" }));
    await vi.waitFor(() => expect(saved).toEqual([{ strategy: null }]));
  });
});
