/** The form's view of manifests: workloads with their Services, ConfigMaps and Secrets. Pure. */
import type { Document } from "yaml";
import { edited, newDocument, readDocuments, type YamlError, type Path } from "./documents";

export const workloadKinds = ["Deployment", "StatefulSet", "DaemonSet", "CronJob"] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

export interface Port {
  container: number | "";
  /** The port of the workload's Service that targets it; empty if there is none. */
  service: number | "";
}

export type Variable =
  | { type: "value"; name: string; value: string }
  | { type: "config" | "secret"; name: string; from: string; key: string }
  /** A source that the form does not know, kept unchanged. */
  | { type: "other"; name: string; raw: unknown };

export interface Container {
  /** Its path in the document, such as `containers/0`; empty for a new container. */
  path: string;
  name: string;
  image: string;
  init: boolean;
  command: string[];
  args: string[];
  ports: Port[];
  env: Variable[];
  cpuRequest: string;
  memoryRequest: string;
  cpuLimit: string;
  memoryLimit: string;
}

export interface Workload {
  kind: WorkloadKind;
  name: string;
  replicas: number | "";
  schedule: string;
  serviceType: string;
  serviceAccount: string;
  graceSeconds: number | "";
  nodeSelector: string;
  containers: Container[];
}

export interface KeyValues {
  kind: "ConfigMap" | "Secret";
  name: string;
  data: [key: string, value: string][];
}

/** An entry of the form, with the index of its document. */
export type Entry =
  | { document: number; type: "workload"; workload: Workload }
  | { document: number; type: "values"; values: KeyValues }
  | { document: number; type: "other"; kind: string; name: string };

export interface Content {
  entries: Entry[];
  errors: YamlError[];
}

interface Manifest {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string };
  spec?: Record<string, unknown>;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  type?: string;
}

const isWorkload = (kind: string | undefined): kind is WorkloadKind => workloadKinds.some((each) => each === kind);

/** The path of the pod spec in each kind. */
export const podPath = (kind: WorkloadKind): Path =>
  kind === "CronJob" ? ["spec", "jobTemplate", "spec", "template", "spec"] : ["spec", "template", "spec"];

/** The form's entries for a text. A workload's Service belongs to the workload's entry. */
export function contentOf(text: string): Content {
  const { documents, errors } = readDocuments(text);
  if (errors.length > 0) return { entries: [], errors };
  const manifests = documents.map((document) => (document.toJS() ?? {}) as Manifest);
  const workloadNames = new Set(manifests.filter(({ kind }) => isWorkload(kind)).map(({ metadata }) => metadata?.name));
  const entries = manifests.flatMap((manifest, document): Entry[] => {
    const { kind = "", metadata } = manifest;
    const name = String(metadata?.name ?? "");
    if (isWorkload(kind)) {
      const service = manifests.find((each) => each.kind === "Service" && each.metadata?.name === name);
      return [{ document, type: "workload", workload: readWorkload(kind, name, manifest, service) }];
    }
    if (kind === "ConfigMap" || kind === "Secret")
      return [{ document, type: "values", values: readValues(kind, name, manifest) }];
    if (kind === "Service" && workloadNames.has(name)) return [];
    return [{ document, type: "other", kind: kind || "no kind", name: name || "no name" }];
  });
  return { entries, errors: [] };
}

interface PodSpec {
  serviceAccountName?: string;
  terminationGracePeriodSeconds?: number;
  nodeSelector?: Record<string, string>;
  containers?: RawContainer[];
  initContainers?: RawContainer[];
}

interface RawContainer {
  name?: string;
  image?: string;
  command?: unknown[];
  args?: unknown[];
  ports?: { containerPort?: number; name?: string }[];
  env?: RawVariable[];
  resources?: { requests?: Record<string, unknown>; limits?: Record<string, unknown> };
}

interface RawVariable {
  name?: string;
  value?: unknown;
  valueFrom?: { configMapKeyRef?: RawKey; secretKeyRef?: RawKey } & Record<string, unknown>;
}

interface RawKey {
  name?: string;
  key?: string;
}

interface RawService {
  type?: string;
  ports?: { port?: number; targetPort?: number | string }[];
}

/** A scalar as text; empty for any other value, which the form does not edit. */
const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, key) => (inside as Record<string, unknown> | undefined)?.[key], value);
}

function readWorkload(kind: WorkloadKind, name: string, manifest: Manifest, service: Manifest | undefined): Workload {
  const pod = (at(manifest, podPath(kind)) ?? {}) as PodSpec;
  const serviceSpec = service?.spec as RawService | undefined;
  const replicas = manifest.spec?.replicas;
  return {
    kind,
    name,
    replicas: typeof replicas === "number" ? replicas : "",
    schedule: textOf(manifest.spec?.schedule),
    serviceType: serviceSpec?.type ?? "ClusterIP",
    serviceAccount: pod.serviceAccountName ?? "",
    graceSeconds: pod.terminationGracePeriodSeconds ?? "",
    nodeSelector: Object.entries(pod.nodeSelector ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(", "),
    containers: [
      ...(pod.containers ?? []).map((each, index) => readContainer(each, `containers/${index}`, serviceSpec)),
      ...(pod.initContainers ?? []).map((each, index) => readContainer(each, `initContainers/${index}`, serviceSpec)),
    ],
  };
}

function readContainer(raw: RawContainer, path: string, service: RawService | undefined): Container {
  return {
    path,
    name: textOf(raw.name),
    image: textOf(raw.image),
    init: path.startsWith("init"),
    command: (raw.command ?? []).map(textOf),
    args: (raw.args ?? []).map(textOf),
    ports: (raw.ports ?? []).map(({ containerPort, name }) => ({
      container: containerPort ?? "",
      service: service?.ports?.find((each) => targets(each, containerPort, name))?.port ?? "",
    })),
    env: (raw.env ?? []).map(readVariable),
    cpuRequest: textOf(raw.resources?.requests?.cpu),
    memoryRequest: textOf(raw.resources?.requests?.memory),
    cpuLimit: textOf(raw.resources?.limits?.cpu),
    memoryLimit: textOf(raw.resources?.limits?.memory),
  };
}

type ServicePort = NonNullable<RawService["ports"]>[number];

const targets = (
  { port, targetPort = port }: ServicePort,
  container: number | undefined,
  name: string | undefined,
): boolean => targetPort === container || (name !== undefined && targetPort === name);

function readVariable(raw: RawVariable): Variable {
  const name = String(raw.name ?? "");
  const { configMapKeyRef: config, secretKeyRef: secret } = raw.valueFrom ?? {};
  if (config) return { type: "config", name, from: config.name ?? "", key: config.key ?? "" };
  if (secret) return { type: "secret", name, from: secret.name ?? "", key: secret.key ?? "" };
  if (raw.valueFrom) return { type: "other", name, raw };
  return { type: "value", name, value: textOf(raw.value) };
}

function readValues(kind: KeyValues["kind"], name: string, manifest: Manifest): KeyValues {
  if (kind === "ConfigMap")
    return { kind, name, data: Object.entries(manifest.data ?? {}).map(([key, value]) => [key, String(value)]) };
  return { kind, name, data: Object.entries(plainSecret(manifest)).map(([key, value]) => [key, value]) };
}

/** A Secret's values as text: `data` decoded, overridden by `stringData`, as in the API server. */
export function plainSecret({ data = {}, stringData = {} }: Manifest): Record<string, string> {
  const decoded = Object.entries(data).map(([key, value]) => [key, decode(String(value))]);
  const plain = Object.entries(stringData).map(([key, value]) => [key, String(value)]);
  return Object.fromEntries([...decoded, ...plain]) as Record<string, string>;
}

function decode(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  } catch {
    return base64;
  }
}

/** The text without an entry; the Service of a removed workload goes with it. */
export function without(text: string, entry: Entry): string {
  return edited(text, (documents) => {
    const service = entry.type === "workload" ? serviceOf(documents, entry.workload.name) : undefined;
    return documents.filter((document, index) => index !== entry.document && document !== service);
  });
}

export const serviceOf = (documents: readonly Document[], name: string): Document | undefined =>
  documents.find((document) => document.get("kind") === "Service" && document.getIn(["metadata", "name"]) === name);

/** The text with another document appended. */
export const added = (text: string, manifest: object): string =>
  edited(text, (documents) => [...documents, newDocument(manifest)]);
