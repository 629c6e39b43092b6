import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeEvents, makeOperation } from "@/test/factories";
import { render } from "@/test/render";
import { ClusterProgressView } from "./cluster-progress-view";
import { clusterProgressOf } from "./model";
import classes from "@/ui/note.module.css";

const kept = "Deployment/web: its pods keep their former images until somebody deletes them.";

function show(outcome: string) {
  const data = { outcome, code: "pods-not-replaced", detail: kept };
  const [progress] = clusterProgressOf(
    makeOperation(),
    makeEvents({ type: "cluster.ended", cluster: "prod-eu", data }),
  );
  render(<ClusterProgressView progress={progress!} waves={false} />);
  return screen.getByText(kept);
}

describe("the detail of an outcome", () => {
  it("is a remark beside a success, which remains a success", () => {
    expect(show("succeeded").closest(`.${classes.note}`)).toHaveAttribute("data-tone", "plain");
    expect(screen.getByText("Succeeded")).toBeInTheDocument();
    expect(screen.getByRole("region", { name: "Cluster prod-eu" })).toHaveAttribute("data-tone", "good");
  });
  it("is the reason of a failure", () => expect(show("failed").closest(`.${classes.note}`)).toBeNull());
});
