/** Counts, lists and short forms as text. */

/** `1 image`, `3 images`, `2 entries`. */
export const count = (amount: number, one: string, many = `${one}s`): string =>
  `${amount} ${amount === 1 ? one : many}`;

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length <= 1) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

/** The first `few` words, and how many more there are: `a, b and 3 more`. */
export const briefly = (words: readonly string[], few: number): string =>
  words.length > few ? `${words.slice(0, few).join(", ")} and ${words.length - few} more` : listed(words);

/** The first twelve hexadecimal digits of `sha256:…`, as Docker shows them. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 12);

/** The text with a full stop, unless it ends a sentence already. */
export const asSentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
