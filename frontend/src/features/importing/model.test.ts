import { describe, expect, it } from "vitest";
import type { CopyPlan, SourceResource } from "@/api/contract";
import { makeResource } from "@/test/factories";
import {
  choiceOfKeys,
  copyLabel,
  grouped,
  initialChoice,
  offers,
  overridesFrom,
  requestFor,
  type Choice,
} from "./model";

const source = (kind: string, name: string, over: Partial<SourceResource> = {}): SourceResource => ({
  resource: makeResource(kind, name),
  copyable: true,
  reason: null,
  consent: null,
  selected: false,
  belongs: true,
  workload: kind === "Deployment",
  refers_to: [],
  notes: [],
  ...over,
});

const reference = (kind: string, name: string, required = true) => ({
  resource: makeResource(kind, name),
  reason: `mounts ${name}`,
  required,
});

const web = source("Deployment", "web", {
  selected: true,
  refers_to: [reference("Secret", "extra", false), reference("ConfigMap", "web-config"), reference("Secret", "token")],
});
const items = [
  web,
  source("ConfigMap", "web-config"),
  source("Secret", "extra"),
  source("Secret", "token", { copyable: false, reason: "made by the cluster" }),
  source("Widget", "w"),
];
const key = (kind: string, name: string) => `${makeResource(kind, name).api_version}/${kind}/${name}`;

describe("the tree", () => {
  it("begins with workloads and ends with custom resources", () =>
    expect(grouped(items).map(({ title }) => title)).toEqual(["Workloads", "Configuration", "Secrets", "Other"]));
  it("selects what the service suggests", () => expect([...initialChoice(items)]).toEqual([key("Deployment", "web")]));
  it("never selects what cannot be copied", () =>
    expect(initialChoice([source("Secret", "x", { copyable: false, selected: true })]).size).toBe(0));
});

describe("offers", () => {
  it("name what a selected workload refers to, required resources first", () =>
    expect(offers(items, new Set([key("Deployment", "web")])).map(({ resource }) => resource.name)).toEqual([
      "web-config",
      "extra",
    ]));
  it("name the referring resource and how it uses the resource", () =>
    expect(offers(items, new Set([key("Deployment", "web")]))[0]?.reasons).toEqual(["web: mounts web-config"]));
  it("omit selected resources", () =>
    expect(
      offers(items, new Set([key("Deployment", "web"), key("ConfigMap", "web-config"), key("Secret", "extra")])),
    ).toEqual([]));
  it("omit resources that cannot be copied", () =>
    expect(offers(items, new Set([key("Deployment", "web")])).some(({ resource }) => resource.name === "token")).toBe(
      false,
    ));
});

describe("overrides", () => {
  it("are grouped by name and key", () =>
    expect(
      overridesFrom(
        [
          { type: "config", name: "web", key: "A", value: "1" },
          { type: "config", name: "web", key: "B", value: "" },
          { type: "replicas", workload: "Deployment/web", replicas: 3 },
        ],
        [],
      ),
    ).toMatchObject({ config_maps: { web: { A: "1", B: "" } }, replicas: { "Deployment/web": 3 } }));
  it("name each label and annotation to leave out once, without blank lines", () =>
    expect(overridesFrom([], [], { leaveOut: " keel.sh/*\n\nteam\nkeel.sh/* \n" }).leave_out).toEqual([
      "keel.sh/*",
      "team",
    ]));
  it("omit incomplete lines", () =>
    expect(overridesFrom([{ type: "host", from: "a.example", to: "" }], []).ingress_hosts).toEqual({}));
});

it("requests the selected resources in the order of the tree", () => {
  const request = requestFor(items, {
    source: "Development",
    sourceCluster: null,
    namespace: "",
    chosen: new Set([key("ConfigMap", "web-config"), key("Deployment", "web")]),
    overrides: [],
    leaveOut: "",
    namespaceLabels: "",
    onlyKeys: {},
    allow: [],
    onConflict: "fail",
    restart: false,
    delivery: null,
  });
  expect([request.namespace, request.resources.map(({ name }) => name)]).toEqual([null, ["web", "web-config"]]);
});

it("gives the consent that a selected resource needs", () => {
  const credentials = source("Secret", "registry", { copyable: false, consent: "registry-credentials" });
  const request = requestFor([credentials], {
    source: "Development",
    sourceCluster: null,
    namespace: "shop",
    chosen: new Set([key("Secret", "registry")]),
    overrides: [],
    leaveOut: "",
    namespaceLabels: "",
    onlyKeys: {},
    allow: [],
    onConflict: "fail",
    restart: false,
    delivery: null,
  });
  expect(request.overrides?.allow).toEqual(["registry-credentials"]);
});

it("asks for no restart of what is copied to Git, because it is on the clusters later", () => {
  const choice: Choice = {
    source: "Development",
    sourceCluster: null,
    namespace: "shop",
    chosen: new Set([key("ConfigMap", "web-config")]),
    overrides: [],
    leaveOut: "",
    namespaceLabels: "",
    onlyKeys: {},
    allow: [],
    onConflict: "fail",
    restart: true,
    delivery: "git",
  };
  expect(requestFor(items, choice)).toMatchObject({ delivery: "git", restart: false });
  expect(requestFor(items, { ...choice, delivery: "cluster" })).toMatchObject({ delivery: "cluster", restart: true });
});

describe("an import of keys", () => {
  const objects = [
    source("ConfigMap", "settings"),
    source("ConfigMap", "others"),
    source("Secret", "keys"),
    source("Deployment", "web"),
  ];
  const names = ["ConfigMap/settings:mode", "ConfigMap/settings:tls.crt", "Secret/keys", "ConfigMap/gone:mode"];
  const chosen = choiceOfKeys(objects, names)!;
  const requested = (onlyKeys: Choice["onlyKeys"]) =>
    requestFor(objects, {
      source: "Staging",
      sourceCluster: null,
      namespace: "shop",
      chosen: chosen.chosen,
      overrides: [],
      leaveOut: "",
      namespaceLabels: "",
      onlyKeys,
      allow: [],
      onConflict: "fail",
      restart: false,
      delivery: null,
    });

  it("selects what the address names, and nothing that it does not", () =>
    expect([[...chosen.chosen].sort(), chosen.onlyKeys]).toEqual([
      [key("ConfigMap", "settings"), key("Secret", "keys")].sort(),
      { "ConfigMap/settings": ["mode", "tls.crt"] },
    ]));
  it("requests the keys, and an object without keys whole", () =>
    expect(requested(chosen.onlyKeys)).toMatchObject({
      resources: [{ name: "settings" }, { name: "keys" }],
      overrides: { only_keys: { "ConfigMap/settings": ["mode", "tls.crt"] } },
    }));
  it("leaves an object out of which no key is selected", () =>
    expect(requested({ "ConfigMap/settings": [] })).toMatchObject({
      resources: [{ name: "keys" }],
      overrides: { only_keys: {} },
    }));
  it("is an ordinary import where the address names nothing that is there", () =>
    expect([choiceOfKeys(objects, []), choiceOfKeys(objects, ["ConfigMap/gone:mode"])]).toEqual([null, null]));
});

describe("the label of the copy button", () => {
  const planned = (action: "create" | "blocked" | "unchanged", blocked: boolean): CopyPlan => ({
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
        resources: [{ resource: makeResource("ConfigMap", "web"), action, changes: [], notes: [] }],
        problems: [],
        unchecked: [],
        restarts: [],
        handed_over: null,
      },
    ],
    problems: [],
    blocked,
    nothing_to_do: action === "unchanged",
  });
  it("counts what is written", () => expect(copyLabel(planned("create", false))).toBe("Copy 1 resource to 1 cluster"));
  it("says that files in Git are written", () => {
    const plan = planned("create", false);
    const owner = { title: "the branch main", cluster: null, kind: null, namespace: "main", name: "shop-config" };
    const handed_over = { delivery: "git" as const, owner, edits: [], touches: [] };
    const clusters = plan.clusters.map((each) => ({ ...each, handed_over }));
    expect(copyLabel({ ...plan, clusters })).toBe("Copy 1 resource to Git");
  });
  it("says so if everything is there", () => expect(copyLabel(planned("unchanged", false))).toBe("Nothing to copy"));
  it("does not say of a blocked import that there is nothing to copy", () =>
    expect(copyLabel(planned("blocked", true))).toBe("Copy"));
});
