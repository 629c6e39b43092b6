/** The file in Git that names the images of workloads, while it is being entered. Pure. */
import type { GitFile, GitFileInput, Image, Resource } from "@/api/contract";
import { enteredPaths } from "./git-paths";
import { parsePath, pathText, type ValuePath } from "./value-paths";

export type FileForm = GitFile["form"];

export const formTitle: Record<FileForm, string> = {
  kustomization: "Kustomization: the entry of images that brings the image now",
  values: "Values: paths of a values file",
  manifest: "Manifest: the containers of the workload itself",
};

/** A container as it runs: the image that each cluster has. */
export interface RunningContainer {
  name: string;
  images: { cluster: string; image: Image }[];
}

/** A workload whose images are to be named by the file. */
export interface NamedWorkload {
  resource: Resource;
  containers: readonly RunningContainer[];
}

export const imageParts = ["reference", "registry", "repository", "tag", "digest"] as const;
export type ImagePart = (typeof imageParts)[number];

/** Which values hold an image, by what people would say of their file. */
export const layouts = {
  tag: { title: "Its tag", parts: ["tag", "digest"] },
  repository: { title: "Its repository and tag", parts: ["repository", "tag", "digest"] },
  registry: { title: "Its registry, repository and tag", parts: ["registry", "repository", "tag", "digest"] },
  reference: { title: "The whole image", parts: ["reference"] },
} as const satisfies Record<string, { title: string; parts: readonly ImagePart[] }>;
export type Layout = keyof typeof layouts;

/** Paths as text, of one container. */
export type ValuesDraft = Record<ImagePart, string> & { layout: Layout };

const emptyValues: ValuesDraft = { layout: "tag", reference: "", registry: "", repository: "", tag: "", digest: "" };

export interface FileDraft {
  repository: string;
  branch: string;
  path: string;
  form: FileForm;
  /** By workload and container: `Deployment/web web`. */
  values: Record<string, ValuesDraft>;
  /** Of clusters with a file of their own. */
  paths: Record<string, string>;
}

export const valuesKey = ({ kind, name }: Resource, container: string): string => `${kind}/${name} ${container}`;

export const valuesOf = (draft: FileDraft, workload: Resource, container: string): ValuesDraft =>
  draft.values[valuesKey(workload, container)] ?? emptyValues;

export function draftOf(file: GitFile | null, workloads: readonly NamedWorkload[]): FileDraft {
  if (file === null) return { repository: "", branch: "main", path: "", form: "kustomization", values: {}, paths: {} };
  const { repository, branch, path, form, values, paths } = file;
  const entered = workloads.flatMap(({ resource }) =>
    values.map((each) => [valuesKey(resource, each.container), valuesDraft(each)] as const),
  );
  return { repository, branch, path, form, values: Object.fromEntries(entered), paths: { ...paths } };
}

function valuesDraft(values: GitFile["values"][number]): ValuesDraft {
  const text = (part: ImagePart) => (values[part] === null ? "" : pathText(values[part]));
  const layout = (["reference", "registry", "repository"] as const).find((part) => values[part] !== null) ?? "tag";
  return {
    layout,
    reference: text("reference"),
    registry: text("registry"),
    repository: text("repository"),
    tag: text("tag"),
    digest: text("digest"),
  };
}

/** The paths that count in the layout. */
function pathsOf(values: ValuesDraft): Partial<Record<ImagePart, ValuePath>> {
  return Object.fromEntries(
    layouts[values.layout].parts.flatMap((part) => {
      const path = parsePath(values[part]);
      return path === null ? [] : [[part, path]];
    }),
  );
}

/** The file for one workload, as the service takes it. Containers without a path are left out: they keep their image. */
export const fileFor = (draft: FileDraft, workload: NamedWorkload): GitFileInput => ({
  repository: draft.repository,
  branch: draft.branch.trim(),
  path: draft.path.trim(),
  form: draft.form,
  values: draft.form === "values" ? namedIn(draft, workload) : [],
  paths: enteredPaths(draft.paths),
});

const namedIn = (draft: FileDraft, { resource, containers }: NamedWorkload) =>
  containers.flatMap(({ name }) => {
    const paths = pathsOf(valuesOf(draft, resource, name));
    return Object.keys(paths).length > 0 ? [{ container: name, ...paths }] : [];
  });

/** What is still missing in the form, as a sentence; null if nothing is. */
export function lackOf(draft: FileDraft, workloads: readonly NamedWorkload[]): string | null {
  if (draft.repository === "") return "Choose a Git repository.";
  if (draft.branch.trim() === "") return "Name the branch.";
  if (draft.path.trim() === "") return "Name the file.";
  if (draft.form !== "values") return null;
  for (const { resource, containers } of workloads) {
    const named = containers.map(({ name }) => ({ name, lack: valuesLack(valuesOf(draft, resource, name)) }));
    const incomplete = named.find(({ lack }) => lack !== null && lack !== "empty");
    if (incomplete) return `Container ${incomplete.name} of ${resource.kind}/${resource.name}: ${incomplete.lack}`;
    if (named.every(({ lack }) => lack === "empty"))
      return `Name the path of an image of ${resource.kind}/${resource.name}.`;
  }
  return null;
}

function valuesLack(values: ValuesDraft): string | null {
  const { parts } = layouts[values.layout];
  const filled = parts.filter((part) => values[part].trim() !== "");
  if (filled.length === 0) return "empty";
  const wrong = filled.find((part) => parsePath(values[part]) === null);
  if (wrong) return `the path of the ${wrong} is none: write it as image.tag or images[0].tag.`;
  const needed = parts.filter((part) => part !== "digest" && part !== "tag");
  const missing = needed.find((part) => values[part].trim() === "");
  if (missing) return `name the path of the ${missing}.`;
  const says = values.layout === "reference" || filled.some((part) => part === "tag" || part === "digest");
  return says ? null : "name the path of the tag or of the digest.";
}
