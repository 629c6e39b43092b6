import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeImagePlan, makeProblem } from "@/test/plan-factories";
import { render } from "@/test/render";
import { imagePlanProblems, PlanProblems } from "./plan-problems";

const [eu, us] = makeImagePlan().clusters;

describe("the problems of a plan of images", () => {
  it("are those of the plan, then those of each cluster", () => {
    const plan = makeImagePlan({
      problems: [makeProblem({ code: "source-failing" })],
      clusters: [
        { ...eu!, problems: [makeProblem({ code: "drifted", cluster: "prod-eu" })] },
        { ...us!, problems: [makeProblem({ code: "no-pods", cluster: "prod-us" })] },
      ],
    });
    expect(imagePlanProblems(plan).map(({ code }) => code)).toEqual(["source-failing", "drifted", "no-pods"]);
  });

  it("leave out that an image is older, wherever it is said, because its own line says so", () => {
    const downgrade = makeProblem({ code: "downgrade", severity: "warns" });
    const moved = makeProblem({ code: "tag-moved", severity: "warns" });
    const plan = makeImagePlan({ problems: [downgrade], clusters: [{ ...eu!, problems: [downgrade, moved] }, us!] });
    expect(imagePlanProblems(plan)).toEqual([moved]);
  });

  it("are said once where several clusters have the same, with their names", () => {
    const told = (cluster: string) => makeProblem({ cluster, severity: "tells", detail: "It is scaled to 0." });
    render(<PlanProblems problems={[told("prod-eu"), told("prod-us")]} />);
    const [only, ...others] = screen.getAllByRole("listitem");
    expect(others).toEqual([]);
    expect(only).toHaveTextContent("prod-eu and prod-us");
  });
});
