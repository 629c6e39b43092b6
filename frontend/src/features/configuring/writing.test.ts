import { describe, expect, it } from "vitest";
import { added, contentOf, without, type Entry, type Workload } from "./model";
import { newContainer, newValues, newWorkload, withValues, withWorkload } from "./writing";

const yaml = `# the shop's front
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2 # for two zones
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      priorityClassName: high
      containers:
        - name: web
          image: shop/web:1.4.2 # pinned
          ports:
            - containerPort: 8080
              name: http
          env:
            - name: NODE
              valueFrom:
                fieldRef:
                  fieldPath: spec.nodeName
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: http
---
apiVersion: v1
kind: Secret
metadata:
  name: db
data:
  password: czNjcjN0
`;

const workloadOf = (text: string): Workload => {
  const entry = contentOf(text).entries.find((each) => each.type === "workload");
  if (entry?.type !== "workload") throw new Error("no workload");
  return entry.workload;
};
const change = (text: string, over: (before: Workload) => Partial<Workload>): string => {
  const before = workloadOf(text);
  return withWorkload(text, 0, before, { ...before, ...over(before) });
};
const entryOf = (text: string, type: Entry["type"]) => contentOf(text).entries.find((each) => each.type === type)!;

describe("reading", () => {
  it("shows a workload with its Service's port", () =>
    expect(workloadOf(yaml).containers[0]?.ports).toEqual([{ container: 8080, service: 80 }]));
  it("shows no entry for a workload's Service", () =>
    expect(contentOf(yaml).entries.map(({ type }) => type)).toEqual(["workload", "values"]));
  it("shows a Secret's values as text", () => {
    const entry = entryOf(yaml, "values");
    expect(entry.type === "values" && entry.values.data).toEqual([["password", "s3cr3t"]]);
  });
  it("names the line of an error", () => expect(contentOf("a: 1\nb: [1\nc: 2\n").errors[0]?.line).toBe(3));
  it("reports a list as an error", () => expect(contentOf("- 1\n").errors).toHaveLength(1));
  it("shows kinds that the form does not know as other entries", () => {
    const entry = entryOf("kind: Widget\nmetadata: {name: w}\n", "other");
    expect(entry.type === "other" && [entry.kind, entry.name]).toEqual(["Widget", "w"]);
  });
});

describe("writing a field", () => {
  it("leaves the text unchanged if no field changed", () => expect(change(yaml, () => ({}))).toBe(yaml));
  it("keeps comments and fields that the form does not know", () => {
    const text = change(yaml, () => ({ replicas: 3 }));
    expect(text).toBe(yaml.replace("replicas: 2", "replicas: 3"));
  });
  it("leaves an invalid text unchanged", () =>
    expect(withWorkload("a: [", 0, workloadOf(yaml), workloadOf(yaml))).toBe("a: ["));
  it("removes an emptied field", () => {
    const text = change(
      change(yaml, () => ({ serviceAccount: "shop" })),
      () => ({ serviceAccount: "" }),
    );
    expect(text).toBe(yaml);
  });
  it("keeps variables whose source the form does not know", () => {
    const text = change(yaml, ({ containers: [web] }) => ({
      containers: [{ ...web!, env: [...web!.env, { type: "value", name: "A", value: "1" }] }],
    }));
    expect(text).toContain("fieldPath: spec.nodeName");
  });
  it("keeps a port's name when another is added", () => {
    const text = change(yaml, ({ containers: [web] }) => ({
      containers: [{ ...web!, ports: [...web!.ports, { container: 9090, service: "" }] }],
    }));
    expect(text).toContain("name: http");
  });
});

describe("a workload's Service", () => {
  it("is created with the first Service port", () => {
    const text = withWorkload(
      added("", newWorkload("Deployment", "api")),
      0,
      workloadOf(added("", newWorkload("Deployment", "api"))),
      {
        ...workloadOf(added("", newWorkload("Deployment", "api"))),
        containers: [{ ...newContainer("api"), path: "containers/0", ports: [{ container: 80, service: 80 }] }],
      },
    );
    expect(text).toContain("kind: Service");
  });
  it("is removed with the last Service port", () => {
    const text = change(yaml, ({ containers: [web] }) => ({
      containers: [{ ...web!, ports: [{ container: 8080, service: "" }] }],
    }));
    expect(text).not.toContain("kind: Service");
  });
  it("is removed with its workload", () =>
    expect(without(yaml, entryOf(yaml, "workload"))).not.toContain("kind: Service"));
  it("is renamed with its workload, and so is the pod label", () => {
    const text = change(yaml, () => ({ name: "front" }));
    expect(text.match(/: front$/gm)).toHaveLength(5);
  });
});

describe("containers", () => {
  it("can be added", () => {
    const text = change(yaml, ({ containers }) => ({
      containers: [...containers, { ...newContainer("log"), image: "log:1" }],
    }));
    expect(workloadOf(text).containers.map(({ name }) => name)).toEqual(["web", "log"]);
  });
  it("keep their comments when they become init containers", () => {
    const two = change(yaml, ({ containers }) => ({
      containers: [...containers, { ...newContainer("log"), image: "log:1" }],
    }));
    const text = change(two, ({ containers: [web, log] }) => ({ containers: [{ ...web!, init: true }, log!] }));
    expect(text).toMatch(/initContainers:\n\s+- name: web\n\s+image: shop\/web:1.4.2 # pinned/);
  });
});

it("replaces a Secret's encoded values by stringData", () => {
  const entry = entryOf(yaml, "values");
  if (entry.type !== "values") throw new Error("no values");
  const text = withValues(yaml, entry.document, entry.values, { ...entry.values, data: [["password", "new"]] });
  expect(text).toMatch(/stringData:\n {2}password: new\n$/);
});

it("adds to an empty text", () =>
  expect(contentOf(added("", newValues("ConfigMap", "settings"))).entries).toHaveLength(1));

it("writes labels without YAML anchors", () =>
  expect(added("", newWorkload("Deployment", "web"))).not.toMatch(/[&*]a1/));

it("drops the quotes of an empty image when it is filled in", () => {
  const text = added("", newWorkload("Deployment", "web"));
  const filled = change(text, ({ containers: [web] }) => ({ containers: [{ ...web!, image: "shop/web:1" }] }));
  expect(filled).toContain("image: shop/web:1\n");
});
