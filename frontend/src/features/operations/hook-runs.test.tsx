import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { HookRun, OperationEvent } from "@/api/contract";
import { at } from "@/test/handlers";
import { render } from "@/test/render";
import { server } from "@/test/server";
import { placeOf } from "./hook-runs";
import { HookRuns } from "./hook-runs-view";

const run = (changes: Partial<HookRun>): HookRun => ({
  ring: 1,
  part: "before",
  name: "migrate",
  kind: "job",
  cluster: "prod-eu",
  number: 1,
  state: "passed",
  job: "stagecoach-migrate-1",
  detail: "The Job stagecoach-migrate-1 has completed.",
  log: "migrating\ndone\n",
  log_cut: false,
  begun_at: "2026-12-02T04:00:00Z",
  ended_at: "2026-12-02T04:00:07Z",
  ...changes,
});

const event = (seq: number, type: OperationEvent["type"]): OperationEvent => ({
  seq,
  type,
  former_type: null,
  at: "2026-12-02T04:00:00Z",
  cluster: "prod-eu",
  resource: null,
  resource_ref: null,
  data: {},
});

function shown(items: HookRun[], events: OperationEvent[]) {
  const asked = vi.fn();
  server.use(
    http.get(at("/operations/op-1/hooks"), () => {
      asked();
      return HttpResponse.json({ items });
    }),
  );
  return { asked, ...render(<HookRuns operation="op-1" events={events} />) };
}

describe("the hooks and checks of an operation", () => {
  it("say what came of each, and show the log of one that failed", async () => {
    const failed = run({
      name: "seed",
      state: "failed",
      detail: "The Job: backoff limit.",
      log: "fatal\n",
      log_cut: true,
    });
    shown([run({}), failed], [event(3, "hook.ended")]);
    const [first, second] = await screen.findAllByRole("listitem");
    expect(first).toHaveTextContent(/migrate.*Passed.*Job, before ring 1, on prod-eu.*7\.0 s.*has completed/);
    expect(
      within(first as HTMLElement)
        .getByText("Log of migrate")
        .closest("details"),
    ).not.toHaveAttribute("open");
    expect(second).toHaveTextContent(/seed.*Failed.*backoff limit.*Log of seed \(its end\).*fatal/);
    expect(
      within(second as HTMLElement)
        .getByText(/Log of seed/)
        .closest("details"),
    ).toHaveAttribute("open");
  });

  it("are not asked for where none has run", () => {
    const { asked } = shown([], [event(1, "operation.started")]);
    expect(screen.queryByText("Hooks and checks")).not.toBeInTheDocument();
    expect(asked).not.toHaveBeenCalled();
  });

  it("are called by what they are and where they run", () => {
    expect(placeOf(run({ kind: "prometheus", part: "check", ring: 2, cluster: null }))).toBe(
      "Prometheus query, check of ring 2",
    );
    expect(placeOf(run({ part: "after", number: 2 }))).toBe("Job, after ring 1, on prod-eu, try 2");
  });
});
