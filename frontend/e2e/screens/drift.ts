/** Drift from the last release. */
import { expect } from "@playwright/test";
import { fromNow, web } from "./answers";
import type { ScreenState } from "./screen";

const drifted = {
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c0739a7",
  kind: "image-drift",
  workload: { api_version: "apps/v1", kind: "Deployment", name: "web" },
  container: "web",
  init: false,
  found: ["prod-eu", "prod-us"].map((cluster) => ({
    cluster,
    image: web("1.4.3"),
    expected: web("1.4.2"),
    manager: "kubectl-edit",
    written_at: fromNow(-2),
  })),
  release: 7,
  since: fromNow(-2),
  application: "shop",
  environment: "Production",
  last_release: 7,
};

export const driftScreens: readonly ScreenState[] = [
  { name: "drift-none", path: "/drift" },
  {
    name: "drift",
    path: "/drift",
    answer: (page) =>
      page.route("**/api/v1/drift*", (route) => route.fulfill({ json: { items: [drifted], next_cursor: null } })),
    arrange: (page) => expect(page.getByRole("table", { name: "Drift" })).toBeVisible(),
  },
];
