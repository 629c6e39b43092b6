/** What is asked to find out which lines of files a new image would change, and the answers by file. Pure. */
import type { GitImageEdit, GitImageEditRequest, Image } from "@/api/contract";
import { fileFor, type FileDraft, type NamedWorkload } from "./git-file";

/** One image of one file. */
export interface Asked {
  path: string;
  /** The clusters that take their image from this file. */
  clusters: string[];
  workload: string;
  container: string;
  request: GitImageEditRequest;
}

export interface Answered extends Asked {
  edit: GitImageEdit | null;
  /** Why the file cannot be changed so. */
  error: unknown;
}

/** A request for each container in each file; `tag` is that of the new image. */
export function asked(draft: FileDraft, workloads: readonly NamedWorkload[], tag: string): Asked[] {
  const found = new Map<string, Asked>();
  for (const workload of workloads) {
    const file = fileFor(draft, workload);
    for (const { name: container, images } of workload.containers) {
      const place = placeOf(file, workload, container);
      if (place === null) continue;
      for (const { cluster, image } of images) {
        const path = file.paths?.[cluster] ?? file.path;
        const name = `${workload.resource.kind}/${workload.resource.name}`;
        const key = `${path} ${name} ${container}`;
        const known = found.get(key);
        if (known) known.clusters.push(cluster);
        else
          found.set(key, {
            path,
            clusters: [cluster],
            workload: name,
            container,
            request: { branch: file.branch, path, place, before: image.reference, after: withTag(image, tag) },
          });
      }
    }
  }
  return [...found.values()];
}

type Place = GitImageEditRequest["place"];

/** Where the file has the image of a container; null if it is not said. */
function placeOf(file: ReturnType<typeof fileFor>, { resource }: NamedWorkload, container: string): Place | null {
  switch (file.form) {
    case "kustomization":
      return { file: "kustomization" };
    case "manifest": {
      const { api_version, kind, name } = resource;
      return { file: "manifest", workload: { api_version, kind, name }, container };
    }
    case "values": {
      const values = file.values?.find((each) => each.container === container);
      if (!values) return null;
      const { reference, registry, repository, tag, digest } = values;
      return { file: "values", reference, registry, repository, tag, digest };
    }
  }
}

const withTag = ({ repository }: Image, tag: string): string => `${repository}:${tag}`;

/** Answers by file, in the order of the requests. */
export function byPath(answers: readonly Answered[]): { path: string; clusters: string[]; answers: Answered[] }[] {
  const files = new Map<string, { path: string; clusters: string[]; answers: Answered[] }>();
  for (const answer of answers) {
    const file = files.get(answer.path) ?? { path: answer.path, clusters: [], answers: [] };
    files.set(answer.path, file);
    file.clusters = [...new Set([...file.clusters, ...answer.clusters])];
    file.answers.push(answer);
  }
  return [...files.values()];
}

/** The changed lines as a difference has them. */
export const changedLines = ({ lines }: GitImageEdit) =>
  lines.map(({ number, before, after }) => ({
    path: `line ${number}`,
    kind: before === null ? ("added" as const) : after === null ? ("removed" as const) : ("changed" as const),
    before,
    after,
    comparison: null,
  }));
