/**
 * The YAML documents that form and editor share. The form reads the fields that it knows and writes single fields back, so
 * that comments and all other fields stay as typed. Pure.
 */
import { Document, isMap, isScalar, parseAllDocuments } from "yaml";

export interface YamlError {
  message: string;
  /** Counted from 1; null if the error concerns the whole text. */
  line: number | null;
}

export type Path = readonly (string | number)[];

/** The non-empty documents of a text, and its errors. */
export function readDocuments(text: string): { documents: Document[]; errors: YamlError[] } {
  const parsed = parseAllDocuments(text, { prettyErrors: true });
  const documents = (Array.isArray(parsed) ? parsed : []).filter((document) => document.contents !== null);
  const errors = documents.flatMap((document) => [
    ...document.errors.map((error) => ({ message: firstLine(error.message), line: error.linePos?.[0].line ?? null })),
    ...(document.errors.length === 0 && !isMap(document.contents)
      ? [
          {
            message: "A document must be an object with apiVersion, kind and metadata.",
            line: lineOf(text, document),
          },
        ]
      : []),
  ]);
  return { documents, errors };
}

// The rest of the message repeats the line, which the editor shows.
const firstLine = (message: string): string => message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");

function lineOf(text: string, document: Document): number {
  return text.slice(0, document.range?.[0] ?? 0).split("\n").length;
}

/** The text after `change`; unchanged if it is invalid. */
export function edited(text: string, change: (documents: Document[]) => Document[] | void): string {
  const { documents, errors } = readDocuments(text);
  if (errors.length > 0) return text;
  return written(change(documents) ?? documents);
}

export const written = (documents: readonly Document[]): string =>
  documents
    .map((document) => document.toString({ directives: false, lineWidth: 0 }).replace(/^---\n/, ""))
    .join("---\n");

/** Sets the value at `path`. An empty value (undefined, empty list or object) removes it, and parents that become empty. */
export function put(document: Document, path: Path, value: unknown): void {
  if (!isEmpty(value)) {
    document.setIn(path, isScalarValue(value) ? value : document.createNode(value));
    return;
  }
  document.deleteIn(path);
  for (let parent = path.slice(0, -1); parent.length > 1; parent = parent.slice(0, -1)) {
    const left = document.getIn(parent);
    if (!isMap(left) || left.items.length > 0) return;
    document.deleteIn(parent);
  }
}

const isScalarValue = (value: unknown): boolean => typeof value !== "object";

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** A document for a manifest. Repeated objects, such as labels, are written out instead of as YAML anchors. */
export const newDocument = (manifest: object): Document => new Document(manifest, { aliasDuplicateObjects: false });

/** Sets a text and keeps its comment; drops the quotes that an empty text needed. */
export function putText(document: Document, path: Path, text: string): void {
  const node = document.getIn(path, true);
  if (isScalar(node) && node.value === "") node.type = undefined;
  document.setIn(path, text);
}
