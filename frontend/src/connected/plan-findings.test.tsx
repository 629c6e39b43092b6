import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { makeResource } from "@/test/factories";
import { makeProblem } from "@/test/plan-factories";
import { render } from "@/test/render";
import { PlanFindings } from "./plan-findings";

function shows(code: string, source: string | null = "Staging") {
  const problem = makeProblem({ code, severity: "warns", resource: makeResource("Deployment", "web") });
  const where = { application: "shop", target: "Production", source };
  render(<PlanFindings problems={[problem]} {...where} onRemedy={vi.fn()} />);
}

describe("the way to where a finding is mended", () => {
  it.each([
    ["drifted", "Accept or converge", "/drift"],
    ["workload-missing", "Import into Production", "/applications/shop/import/Production?from=Staging"],
    ["owned", "Image delivery in Production", "/applications/shop?environment=Production#section-settings"],
    ["delivery-refused", "Image delivery in Production", "/applications/shop?environment=Production#section-settings"],
    ["helm-values-tie", "Image delivery in Production", "/applications/shop?environment=Production#section-settings"],
    [
      "fields-taken",
      "Workload owners in Production",
      "/applications/shop?environment=Production#section-workload-owners",
    ],
    ["image-not-in-registry", "Image mappings of Production", "/environments"],
    ["image-not-copyable", "Registries", "/registries"],
    ["tag-moved", "Restart in Production", "/applications/shop?environment=Production&restart=true"],
    ["source-pods-kept", "Restart in Staging", "/applications/shop?environment=Staging&restart=true"],
  ])("leads from %s to %s", (code, name, address) => {
    shows(code);
    expect(screen.getByRole("link", { name })).toHaveAttribute("href", address);
  });

  it("is not shown for a finding that is mended outside of the console", () => {
    shows("no-node-fits");
    expect(screen.queryByRole("link")).not.toBeInTheDocument();
  });

  it("names no source where a plan has none", () => {
    shows("workload-missing", null);
    expect(screen.getByRole("link")).toHaveAttribute("href", "/applications/shop/import/Production");
  });
});
