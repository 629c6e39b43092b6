/** Declared kinds, as a form has them. Pure. */
import type { DeclaredKind, DeclaredKindPut } from "@/api/contract";

export type Form = DeclaredKindPut["images"][number]["form"];

export const formWords: Record<Form, string> = {
  reference: "Whole reference",
  tag: "Tag alone",
  "repository-and-tag": "Repository and tag",
  "repository-and-digest": "Repository and digest",
};

export interface ImageDraft {
  form: Form;
  path: string;
  name: string;
  repository: string;
  tag: string;
  digest: string;
}

export interface Draft {
  /** Kind and group, as kubectl takes them. */
  name: string;
  images: ImageDraft[];
  /** Empty: kstatus decides. */
  ready: string;
  failed: string;
}

export const emptyImage: ImageDraft = {
  form: "reference",
  path: "",
  name: "",
  repository: "repository",
  tag: "tag",
  digest: "",
};

export function draftOf(kind: DeclaredKind | null): Draft {
  if (kind === null) return { name: "", images: [emptyImage], ready: "", failed: "" };
  return {
    name: kind.name,
    images: kind.images.map(({ form, path, name, repository, tag, digest }) => ({
      form,
      path,
      name: name ?? "",
      repository: repository ?? "",
      tag: tag ?? "",
      digest: digest ?? "",
    })),
    ready: kind.health.ready ?? "",
    failed: kind.health.failed.join(", "),
  };
}

export function declarationOf({ images, ready, failed }: Draft): DeclaredKindPut {
  return {
    images: images.map(imageOf),
    health:
      ready.trim() === ""
        ? { rule: "kstatus" }
        : { rule: "conditions", ready: ready.trim(), failed: failed.split(",").map(trimmed).filter(Boolean) },
  };
}

function imageOf({ form, path, name, repository, tag, digest }: ImageDraft): DeclaredKindPut["images"][number] {
  const at = { path: path.trim() };
  switch (form) {
    case "reference":
      return { form, ...at };
    case "tag":
      return { form, ...at, name: name.trim() };
    case "repository-and-tag":
      return { form, ...at, repository: repository.trim(), tag: tag.trim(), digest: digest.trim() || null };
    case "repository-and-digest":
      return { form, ...at, repository: repository.trim(), digest: digest.trim() };
  }
}

/** Whether everything that a declaration needs is filled in; whether it makes sense, the service says. */
export function isComplete({ name, images }: Draft): boolean {
  return /^[A-Z][A-Za-z0-9]*\.[a-z0-9.-]+$/.test(name.trim()) && images.length > 0 && images.every(isFilled);
}

function isFilled(image: ImageDraft): boolean {
  const needed: Record<Form, (keyof ImageDraft)[]> = {
    reference: [],
    tag: ["name"],
    "repository-and-tag": ["repository", "tag"],
    "repository-and-digest": ["repository", "digest"],
  };
  return ["path" as const, ...needed[image.form]].every((member) => image[member].trim() !== "");
}

/** How objects of the kind are judged, in a few words. */
export function healthWords({ ready, failed }: DeclaredKind["health"]): string {
  if (ready === null) return "kstatus";
  return failed.length === 0 ? ready : `${ready}; failed by ${failed.join(", ")}`;
}

const trimmed = (text: string): string => text.trim();
