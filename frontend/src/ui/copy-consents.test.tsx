import { expect, it } from "vitest";
import type { CopyPlan } from "@/api/contract";
import { consentsOf } from "./copy-consents";

const problem = (consent: string | null, detail: string): CopyPlan["problems"][number] => ({
  code: "x",
  severity: "blocks",
  detail,
  cluster: null,
  resource: null,
  field: null,
  consent,
  tool: null,
  remedy: null,
});

const plan: CopyPlan = {
  digest: "sha256:1",
  source: null,
  namespace: "shop",
  gates: [],
  clusters: [
    {
      cluster: "eu",
      namespace: "shop",
      namespace_action: "unchanged",
      namespace_labels: {},
      resources: [],
      problems: [problem("privileged-pods", "It is privileged."), problem("missing-references", "Again.")],
      unchecked: [],
      restarts: [],
      handed_over: null,
    },
  ],
  problems: [problem("missing-references", "There is no ConfigMap settings."), problem(null, "It differs.")],
  blocked: true,
  nothing_to_do: false,
};

it("offers what the problems of the plan and of its clusters ask for, each once, with the reason", () =>
  expect(consentsOf(plan, [])).toEqual([
    { consent: "missing-references", label: "Missing references", description: "There is no ConfigMap settings." },
    { consent: "privileged-pods", label: "Privileged pods", description: "It is privileged." },
  ]));

it("keeps what was given, although its problem is gone", () =>
  expect(consentsOf({ ...plan, problems: [], clusters: [] }, ["finished-jobs"])).toEqual([
    { consent: "finished-jobs", label: "Run Jobs again", description: null },
  ]));

it("offers nothing before a preview", () => expect(consentsOf(undefined, [])).toEqual([]));
