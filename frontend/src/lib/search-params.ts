/** Parsers for search parameters, which a user can edit: an invalid value becomes undefined. */

export const optionalText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

export const optionalOf = <Word extends string>(words: readonly Word[], value: unknown): Word | undefined =>
  words.find((word) => word === value);
