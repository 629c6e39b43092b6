import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { makeEvents, makeOperation } from "@/test/operation-factories";
import { makeStop } from "@/test/gate-factories";
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

describe("a cluster that is stopped", () => {
  const stop = makeStop({ cluster: "prod-eu", reason: "The database is being restored." });
  const shown = (...events: Parameters<typeof makeEvents>) => {
    const [progress] = clusterProgressOf(makeOperation(), makeEvents(...events));
    render(<ClusterProgressView progress={progress!} waves={false} stop={stop} />);
    return screen.getByRole("region", { name: "Cluster prod-eu" });
  };

  it("says who stopped it and when, and why, while the operation has not ended there", () => {
    const lane = shown({ type: "cluster.started", cluster: "prod-eu", data: {} });
    expect(lane).toHaveAttribute("data-tone", "bad");
    expect(lane).toHaveTextContent(`Stopped by ${stop.by.name}`);
    expect(lane).toHaveTextContent("The database is being restored.");
  });
  it("keeps its outcome where the operation has ended", () => {
    const lane = shown({ type: "cluster.ended", cluster: "prod-eu", data: { outcome: "succeeded" } });
    expect(lane).toHaveTextContent("Succeeded");
    expect(lane).not.toHaveTextContent("Stopped");
  });
});

describe("the detail of an outcome", () => {
  it("is a remark beside a success, which remains a success", () => {
    expect(show("succeeded").closest(`.${classes.note}`)).toHaveAttribute("data-tone", "plain");
    expect(screen.getByText("Succeeded")).toBeInTheDocument();
    expect(screen.getByRole("region", { name: "Cluster prod-eu" })).toHaveAttribute("data-tone", "good");
  });
  it("is the reason of a failure", () => expect(show("failed").closest(`.${classes.note}`)).toBeNull());
});
