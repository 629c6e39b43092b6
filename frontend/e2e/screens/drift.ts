/** Drift from the last release. */
import { expect } from "@playwright/test";
import type { Divergence } from "@/api/contract";
import { makeImage } from "@/test/factories";
import { answered, fromNow } from "./answers";
import type { ScreenState } from "./screen";

const drifted: Divergence = {
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c0739a7",
  kind: "image-drift",
  workload: { api_version: "apps/v1", kind: "Deployment", name: "web" },
  container: "web",
  init: false,
  found: ["prod-eu", "prod-us"].map((cluster) => ({
    cluster,
    image: makeImage("1.4.3"),
    expected: makeImage("1.4.2"),
    manager: "kubectl-edit",
    written_at: fromNow(-2),
  })),
  fields: [],
  release: 7,
  since: fromNow(-2),
  application: "shop",
  environment: "Production",
  last_release: 7,
  source: "Staging",
  remedy: "Converge, which rolls back to release 7, or accept what runs.",
};

const field = { removed: false, manager: "kubectl-edit", written_at: fromNow(-2) };

const driftedKeys: Divergence = {
  ...drifted,
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c0739a8",
  kind: "key-drift",
  workload: { api_version: "v1", kind: "ConfigMap", name: "shop-settings" },
  container: "",
  found: [],
  fields: ["prod-eu", "prod-us"].map((cluster) => ({
    cluster,
    fields: [
      { ...field, path: "data.LOG_LEVEL", key: "LOG_LEVEL" },
      { ...field, path: "data.PAYMENT_URL", key: "PAYMENT_URL", removed: true },
    ],
  })),
  remedy: "Import it again from Staging to bring it back, or accept it.",
};

const driftedFields: Divergence = {
  ...driftedKeys,
  id: "0192f0c1-7a5e-7cc3-98c4-dc0c0c0739a9",
  kind: "field-drift",
  workload: drifted.workload,
  fields: [
    {
      cluster: "prod-eu",
      fields: ["requests.cpu", "requests.memory", "limits.cpu", "limits.memory"].map((name) => ({
        ...field,
        path: `spec.template.spec.containers[web].resources.${name}`,
        key: null,
        manager: "Lens",
      })),
    },
  ],
};

export const driftScreens: readonly ScreenState[] = [
  { name: "drift-none", path: "/drift" },
  {
    name: "drift",
    path: "/drift",
    answer: (page) =>
      answered(page, "get", "/api/v1/drift", { items: [drifted, driftedKeys, driftedFields], next_cursor: null }),
    arrange: (page) => expect(page.getByRole("table", { name: "Drift" })).toBeVisible(),
  },
];
