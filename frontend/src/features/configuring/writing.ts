/** Writes the changed fields of the form back into their documents. Pure. */
import { isSeq, YAMLSeq, type Document } from "yaml";
import { edited, newDocument, put, putText, type Path } from "./documents";
import {
  podPath,
  serviceOf,
  type Container,
  type KeyValues,
  type Variable,
  type Workload,
  type WorkloadKind,
} from "./model";

/** A new workload with one container and the fields that the API server requires. */
export function newWorkload(kind: WorkloadKind, name: string): object {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { ...(kind === "CronJob" ? { restartPolicy: "OnFailure" } : {}), containers: [{ name, image: "" }] },
  };
  if (kind === "CronJob") {
    return {
      apiVersion: "batch/v1",
      kind,
      metadata: { name },
      spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template } } },
    };
  }
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas: 1 }),
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
      selector: { matchLabels: labels },
      template,
    },
  };
}

export const newValues = (kind: KeyValues["kind"], name: string): object =>
  kind === "Secret"
    ? { apiVersion: "v1", kind, metadata: { name }, type: "Opaque", stringData: {} }
    : { apiVersion: "v1", kind, metadata: { name }, data: {} };

export const newContainer = (name: string): Container => ({
  path: "",
  name,
  image: "",
  init: false,
  command: [],
  args: [],
  ports: [],
  env: [],
  cpuRequest: "",
  memoryRequest: "",
  cpuLimit: "",
  memoryLimit: "",
});

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

export function withWorkload(text: string, index: number, before: Workload, after: Workload): string {
  return edited(text, (documents) => {
    const document = documents[index]!;
    const pod = podPath(before.kind);
    const write = <Field extends keyof Workload>(field: Field, path: Path, value: unknown = after[field]) => {
      if (!same(before[field], after[field])) put(document, path, value);
    };
    write("replicas", ["spec", "replicas"]);
    write("schedule", ["spec", "schedule"]);
    write("serviceAccount", [...pod, "serviceAccountName"]);
    write("graceSeconds", [...pod, "terminationGracePeriodSeconds"]);
    write("nodeSelector", [...pod, "nodeSelector"], selectorFrom(after.nodeSelector));
    writeContainers(document, pod, before, after);
    if (before.name !== after.name) rename(document, documents, before, after.name);
    return withService(documents, before, after);
  });
}

function selectorFrom(text: string): Record<string, string> {
  const pairs = text.split(",").map((each) => each.trim().split("="));
  return Object.fromEntries(
    pairs.filter(([key]) => key).map(([key, ...value]) => [key!.trim(), value.join("=").trim()]),
  );
}

/** Renames the workload and its Service, and the pod labels that equal the former name. */
function rename(document: Document, documents: readonly Document[], before: Workload, name: string) {
  const template = podPath(before.kind).slice(0, -1);
  const labels: Path[] = [
    ["spec", "selector", "matchLabels", "app"],
    [...template, "metadata", "labels", "app"],
  ];
  document.setIn(["metadata", "name"], name);
  for (const path of labels) if (document.getIn(path) === before.name) document.setIn(path, name);
  if (document.getIn(["spec", "serviceName"]) === before.name) document.setIn(["spec", "serviceName"], name);
  const service = serviceOf(documents, before.name);
  service?.setIn(["metadata", "name"], name);
  if (service?.getIn(["spec", "selector", "app"]) === before.name) service.setIn(["spec", "selector", "app"], name);
}

function writeContainers(document: Document, pod: Path, before: Workload, after: Workload) {
  for (const container of after.containers) {
    const former = before.containers.find(({ path }) => path !== "" && path === container.path);
    if (former) writeContainer(document, [...pod, ...pathOf(container.path)], former, container);
  }
  const layout = ({ containers }: Workload) => containers.map(({ path, init }) => [path, init]);
  if (same(layout(before), layout(after))) return;
  // The nodes are read before the lists are rewritten: a container that changes its list keeps its comments.
  const nodes = new Map(
    after.containers.map((each) => [each, each.path ? document.getIn([...pod, ...pathOf(each.path)], true) : null]),
  );
  for (const list of ["containers", "initContainers"] as const) {
    const items = after.containers.filter(({ init }) => init === (list === "initContainers"));
    const sequence = new YAMLSeq(document.schema);
    sequence.items = items.map(
      (each) => nodes.get(each) ?? document.createNode({ name: each.name, image: each.image }),
    );
    if (items.length > 0) document.setIn([...pod, list], sequence);
    else document.deleteIn([...pod, list]);
  }
}

function pathOf(path: string): Path {
  const [list, index] = path.split("/");
  return [list!, Number(index)];
}

function writeContainer(document: Document, path: Path, before: Container, after: Container) {
  const write = <Field extends keyof Container>(field: Field, inside: Path, value: unknown = after[field]) => {
    if (!same(before[field], after[field])) put(document, [...path, ...inside], value);
  };
  if (before.name !== after.name) putText(document, [...path, "name"], after.name);
  if (before.image !== after.image) putText(document, [...path, "image"], after.image);
  write("command", ["command"]);
  write("args", ["args"]);
  write("cpuRequest", ["resources", "requests", "cpu"]);
  write("memoryRequest", ["resources", "requests", "memory"]);
  write("cpuLimit", ["resources", "limits", "cpu"]);
  write("memoryLimit", ["resources", "limits", "memory"]);
  write("env", ["env"], after.env.map(rawVariable));
  if (
    !same(
      before.ports.map(({ container }) => container),
      after.ports.map(({ container }) => container),
    )
  ) {
    put(document, [...path, "ports"], portsFrom(document, path, after));
  }
}

const rawVariable = (variable: Variable): unknown => {
  switch (variable.type) {
    case "value":
      return { name: variable.name, value: variable.value };
    case "config":
      return { name: variable.name, valueFrom: { configMapKeyRef: { name: variable.from, key: variable.key } } };
    case "secret":
      return { name: variable.name, valueFrom: { secretKeyRef: { name: variable.from, key: variable.key } } };
    case "other":
      return variable.raw;
  }
};

/** The desired ports; an existing port keeps its name and protocol. */
function portsFrom(document: Document, path: Path, after: Container): object[] {
  const node = document.getIn([...path, "ports"], true);
  const former = isSeq(node) ? (node.toJS(document) as { containerPort?: number }[]) : [];
  return after.ports
    .filter(({ container }) => container !== "")
    .map(
      ({ container }) =>
        former.find(({ containerPort }) => containerPort === container) ?? { containerPort: container },
    );
}

interface ServicePort {
  name?: string;
  port: number;
  targetPort?: number | string;
}

/** The documents with the workload's Service created, changed or removed as its ports require. */
function withService(documents: Document[], before: Workload, after: Workload): Document[] {
  const desired = servicePorts(after);
  if (same(servicePorts(before), desired) && before.serviceType === after.serviceType) return documents;
  const service = serviceOf(documents, after.name);
  if (desired.length === 0) return documents.filter((each) => each !== service);
  if (!service) {
    const spec = { ...typeOf(after), selector: { app: after.name }, ports: named(desired) };
    return [...documents, newDocument({ apiVersion: "v1", kind: "Service", metadata: { name: after.name }, spec })];
  }
  put(service, ["spec", "type"], after.serviceType === "ClusterIP" ? undefined : after.serviceType);
  put(service, ["spec", "ports"], named(desired));
  return documents;
}

const typeOf = ({ serviceType }: Workload) => (serviceType === "ClusterIP" ? {} : { type: serviceType });

const servicePorts = ({ containers }: Workload): ServicePort[] =>
  containers.flatMap(({ ports }) =>
    ports.flatMap(({ container, service }) =>
      container === "" || service === "" ? [] : [{ port: service, targetPort: container }],
    ),
  );

/** A Service with several ports must name each of them. */
const named = (ports: readonly ServicePort[]): ServicePort[] =>
  ports.length === 1 ? [...ports] : ports.map((each) => ({ name: `port-${each.port}`, ...each }));

export function withValues(text: string, index: number, before: KeyValues, after: KeyValues): string {
  return edited(text, (documents) => {
    const document = documents[index]!;
    if (before.name !== after.name) document.setIn(["metadata", "name"], after.name);
    if (same(before.data, after.data)) return;
    // Written as `stringData`: the API server encodes it.
    const field = after.kind === "Secret" ? "stringData" : "data";
    if (after.kind === "Secret") document.deleteIn(["data"]);
    document.setIn([field], document.createNode(Object.fromEntries(after.data)));
  });
}
