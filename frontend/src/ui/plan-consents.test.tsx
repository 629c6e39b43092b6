import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { makeProblem } from "@/test/plan-factories";
import { render } from "@/test/render";
import { PlanConsents } from "./plan-consents";

const consent = "owned-until-next-upgrade" as const;

describe("the consent to write what a tool delivers", () => {
  it.each([
    [["Argo CD"], "Write workloads of Argo CD as well: Argo CD's next sync brings its own images back"],
    [["Flux"], "Write workloads of Flux as well: Flux's next reconciliation brings its own images back"],
    [["Werft"], "Write workloads of Werft as well: Werft's next run brings its own images back"],
    [
      ["Helm", "Argo CD"],
      "Write workloads of Argo CD and Helm as well: Argo CD's next sync and the next helm upgrade bring their own images back",
    ],
    [[], "Write workloads of Helm, Argo CD or Flux as well: their next upgrade or sync brings its own images back"],
  ])("is said in the words of %s", (tools, label) => {
    const problems = tools.map((tool) => makeProblem({ consent, tool }));
    render(<PlanConsents problems={problems} given={tools.length ? [] : [consent]} onChange={vi.fn()} />);
    expect(screen.getByRole("checkbox", { name: label })).toBeInTheDocument();
  });
});

describe("the consent to begin without room", () => {
  it("is offered where a problem asks for it, and only there", () => {
    const { rerender } = render(
      <PlanConsents problems={[makeProblem({ consent: "without-room" })]} given={[]} onChange={vi.fn()} />,
    );
    expect(
      screen.getByRole("checkbox", { name: "Begin although a quota or limits refuse the new pods as things are now" }),
    ).not.toBeChecked();
    rerender(<PlanConsents problems={[makeProblem({ consent: null })]} given={[]} onChange={vi.fn()} />);
    expect(screen.queryByRole("checkbox")).not.toBeInTheDocument();
  });
});
