import { screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { render } from "@/test/render";
import { ApiProblem } from "./problem";
import { usePlan } from "./use-plan";

interface Plan {
  digest: string;
}

const plan = (digest: string): Plan => ({ digest });

interface HarnessProps {
  request: string;
  mode: "automatic" | "on-demand";
  preview: () => Promise<Plan>;
  start?: (plan: Plan, keyFor: (subject: string) => string) => Promise<string>;
}

/** A form with a plan, as plain as it can be. */
function Harness({ request, mode, preview, start = () => Promise.resolve("op-1") }: HarnessProps) {
  const planned = usePlan({ request, mode, preview, start, onStarted: () => undefined });
  return (
    <>
      <output>{planned.plan?.digest ?? "no plan"}</output>
      <output>{planned.outdated ? "outdated" : "up to date"}</output>
      <button onClick={planned.preview}>Preview</button>
      <button onClick={planned.start}>Start</button>
    </>
  );
}

it("previews at once in automatic mode", async () => {
  render(<Harness request="a" mode="automatic" preview={() => Promise.resolve(plan("one"))} />);
  expect(await screen.findByText("one")).toBeInTheDocument();
});

it("waits for a call in on-demand mode", async () => {
  const preview = vi.fn(() => Promise.resolve(plan("one")));
  const { user } = render(<Harness request="a" mode="on-demand" preview={preview} />);
  expect(preview).not.toHaveBeenCalled();
  await user.click(screen.getByRole("button", { name: "Preview" }));
  expect(await screen.findByText("one")).toBeInTheDocument();
});

it("drops an on-demand plan once its request has changed", async () => {
  const harness = (request: string) => (
    <Harness request={request} mode="on-demand" preview={() => Promise.resolve(plan(`of ${request}`))} />
  );
  const { user, show } = render(harness("a"));
  await user.click(screen.getByRole("button", { name: "Preview" }));
  await screen.findByText("of a");
  show(harness("b"));
  expect(screen.getByText("no plan")).toBeInTheDocument();
  expect(screen.getByText("outdated")).toBeInTheDocument();
});

it("starts the same plan with the same key", async () => {
  const keys: string[] = [];
  const start = (made: Plan, keyFor: (subject: string) => string) => {
    keys.push(keyFor(made.digest));
    return Promise.resolve("op-1");
  };
  const { user } = render(
    <Harness request="a" mode="automatic" preview={() => Promise.resolve(plan("one"))} start={start} />,
  );
  await screen.findByText("one");
  await user.click(screen.getByRole("button", { name: "Start" }));
  await user.click(screen.getByRole("button", { name: "Start" }));
  await vi.waitFor(() => expect(keys).toHaveLength(2));
  expect(keys[0]).toBe(keys[1]);
});

it("replaces a plan that the service refuses as outdated by the current one", async () => {
  const refused = new ApiProblem({ title: "t", code: "plan-outdated", plan: plan("two") });
  const { user } = render(
    <Harness
      request="a"
      mode="automatic"
      preview={() => Promise.resolve(plan("one"))}
      start={() => Promise.reject(refused)}
    />,
  );
  await screen.findByText("one");
  await user.click(screen.getByRole("button", { name: "Start" }));
  expect(await screen.findByText("two")).toBeInTheDocument();
});

it("keeps nothing of a request, which may hold Secret values, in a cache", async () => {
  const { user, queryClient } = render(
    <Harness request="s3cret" mode="on-demand" preview={() => Promise.resolve(plan("one"))} />,
  );
  await user.click(screen.getByRole("button", { name: "Preview" }));
  await screen.findByText("one");
  const kept = queryClient.getQueryCache().getAll();
  expect(kept.some(({ state }) => state.data !== undefined)).toBe(true);
  expect(JSON.stringify(kept.map(({ queryKey, state }) => [queryKey, state.data]))).not.toContain("s3cret");
});
