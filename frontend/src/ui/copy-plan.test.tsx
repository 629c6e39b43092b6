import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { CopyPlan } from "@/api/contract";
import { makeResource } from "@/test/factories";
import { render } from "@/test/render";
import { CopyPlanView } from "./copy-plan";

const planned = (cluster: string, comparison: "same" | "differs" | null): CopyPlan["clusters"][number] => ({
  cluster,
  namespace: "shop",
  namespace_action: "unchanged",
  namespace_labels: {},
  resources: [
    {
      resource: makeResource("Secret", "db"),
      action: "update",
      changes: [{ path: "data.password", kind: "changed", before: null, after: null, comparison }],
      notes: [],
    },
    { resource: makeResource("ConfigMap", "web"), action: "unchanged", changes: [], notes: [] },
  ],
  problems: [
    {
      code: "x",
      severity: "warns",
      detail: "Quota is nearly used up.",
      cluster,
      resource: null,
      field: null,
      consent: null,
      tool: null,
      remedy: null,
    },
  ],
  unchecked: [],
  restarts: [],
  handed_over: null,
});

const plan: CopyPlan = {
  digest: "sha256:1",
  source: null,
  namespace: "shop",
  gates: [],
  clusters: [planned("prod-eu", "differs"), planned("prod-us", "differs")],
  problems: [],
  blocked: false,
  nothing_to_do: false,
};

it("shows how a Secret's values compare, and no value", () => {
  render(<CopyPlanView plan={plan} />);
  expect(screen.getByText("different value")).toBeInTheDocument();
});

it("shows a problem of several clusters once, with their names", () => {
  render(<CopyPlanView plan={plan} />);
  expect(screen.getAllByText("Quota is nearly used up.")).toHaveLength(1);
  expect(screen.getByText("1 warning")).toBeInTheDocument();
});

it("shows unchanged resources on request", async () => {
  const { user } = render(<CopyPlanView plan={plan} />);
  expect(screen.queryByText("web")).not.toBeInTheDocument();
  await user.click(screen.getByRole("checkbox", { name: "Show 1 unchanged resource" }));
  expect(screen.getByText("web")).toBeInTheDocument();
});

it("shows the lines that are written to Git instead of clusters, once for those of one file", () => {
  const handed_over = {
    owner: {
      title: "the branch main of the Git repository shop",
      cluster: null,
      kind: null,
      namespace: "main",
      name: "shop",
    },
    edits: [{ where: "prod/settings.yaml:4", before: "  A: one", after: "  A: two" }],
  };
  const clusters = plan.clusters.map((each) => ({ ...each, handed_over }));
  render(<CopyPlanView plan={{ ...plan, clusters }} />);
  const files = screen.getByRole("region", { name: "Files for prod-eu and prod-us" });
  expect(files).toHaveTextContent("the branch main of the Git repository shop");
  expect(files).toHaveTextContent("A: two");
});
