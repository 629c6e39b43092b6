/**
 * Keys of ConfigMaps and Secrets that an environment lacks: their names as the address of an import has them, and words.
 * Pure: it declares the fields that it reads and imports no contract type.
 */
import { count, listed } from "./words";

interface MissingObject {
  kind: string;
  name: string;
  /** Empty: the object as a whole is missing. */
  keys: readonly string[];
}

interface MissingKeys {
  source: string;
  count: number;
  whole_objects: number;
  /** The first of them, if there are many. */
  objects: readonly MissingObject[];
}

/** `2 keys`, `1 object`, `2 keys and 1 object`. */
const counted = (keys: number, objects: number): string =>
  listed([
    ...(keys > 0 || objects === 0 ? [count(keys, "key")] : []),
    ...(objects > 0 ? [count(objects, "object")] : []),
  ]);

/** Names as `ConfigMap/settings:mode`, or `ConfigMap/settings` for an object as a whole, counted. */
export function broughtWords(names: readonly string[]): string {
  const keys = names.filter((name) => name.includes(":")).length;
  return counted(keys, names.length - keys);
}

/** `3 keys missing`. */
export const missingWords = ({ count: all, whole_objects: objects }: MissingKeys): string =>
  `${counted(all - objects, objects)} missing`;

/** What is missing, object by object, and which environment has it. */
export function missingHint({ source, count: all, objects }: MissingKeys): string {
  const told = objects.map(({ kind, name, keys }) =>
    keys.length > 0 ? `${kind} ${name}: ${listed(keys)}` : `${kind} ${name}`,
  );
  const more = all - missingNames({ objects }).length;
  return `${source} has ${[...told, ...(more > 0 ? [`${more} more`] : [])].join("; ")}`;
}

/** The names that are told, as the address of an import has them. */
export const missingNames = ({ objects }: Pick<MissingKeys, "objects">): string[] =>
  objects.flatMap(({ kind, name, keys }) =>
    keys.length > 0 ? keys.map((key) => `${kind}/${name}:${key}`) : [`${kind}/${name}`],
  );
