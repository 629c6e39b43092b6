/**
 * One text for form and editor: YAML documents. The form reads what it knows out of them and writes single fields back, so
 * that comments and everything it does not know stay as they were typed. Pure.
 */
import { Document, isMap, isScalar, parseAllDocuments } from "yaml";

export interface Mistake {
  message: string;
  /** From 1; null where the whole text is meant. */
  line: number | null;
}

export type Path = readonly (string | number)[];

/** The documents of a text, empty ones left out, with what keeps them from being read. */
export function readDocuments(text: string): { documents: Document[]; mistakes: Mistake[] } {
  const parsed = parseAllDocuments(text, { prettyErrors: true });
  const documents = (Array.isArray(parsed) ? parsed : []).filter((document) => document.contents !== null);
  const mistakes = documents.flatMap((document) => [
    ...document.errors.map((error) => ({ message: firstLine(error.message), line: error.linePos?.[0].line ?? null })),
    ...(document.errors.length === 0 && !isMap(document.contents)
      ? [
          {
            message: "A document has to be an object with apiVersion, kind and metadata.",
            line: lineOf(text, document),
          },
        ]
      : []),
  ]);
  return { documents, mistakes };
}

// The rest of the message repeats the line, which the editor shows already.
const firstLine = (message: string): string => message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");

function lineOf(text: string, document: Document): number {
  return text.slice(0, document.range?.[0] ?? 0).split("\n").length;
}

/** The text after `change`; the text as it was where it cannot be read. */
export function edited(text: string, change: (documents: Document[]) => Document[] | void): string {
  const { documents, mistakes } = readDocuments(text);
  if (mistakes.length > 0) return text;
  return written(change(documents) ?? documents);
}

export const written = (documents: readonly Document[]): string =>
  documents
    .map((document) => document.toString({ directives: false, lineWidth: 0 }).replace(/^---\n/, ""))
    .join("---\n");

/** Sets what is at `path`; nothing (undefined, an empty list or object) takes it away, with parents that become empty. */
export function put(document: Document, path: Path, value: unknown): void {
  if (!isNothing(value)) {
    document.setIn(path, isPlain(value) ? value : document.createNode(value));
    return;
  }
  document.deleteIn(path);
  for (let parent = path.slice(0, -1); parent.length > 1; parent = parent.slice(0, -1)) {
    const left = document.getIn(parent);
    if (!isMap(left) || left.items.length > 0) return;
    document.deleteIn(parent);
  }
}

const isPlain = (value: unknown): boolean => typeof value !== "object";

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** A document of ours. Labels that stand in it twice are written twice: nobody wants to read anchors. */
export const newDocument = (manifest: object): Document => new Document(manifest, { aliasDuplicateObjects: false });

/** Sets a text in its place, with its comment; the quotes that an empty text had to have go with the emptiness. */
export function putText(document: Document, path: Path, text: string): void {
  const node = document.getIn(path, true);
  if (isScalar(node) && node.value === "") node.type = undefined;
  document.setIn(path, text);
}
