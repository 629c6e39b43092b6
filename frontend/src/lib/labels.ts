/** Labels as one line of text, and back. Pure. */

/** `team=shop, tier=1`. */
export const labelWords = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");

/** The labels in a text such as `team=shop, tier=1`; null if a part of it is none. */
export function labelsIn(text: string): Record<string, string> | null {
  const labels: Record<string, string> = {};
  for (const part of text.split(/[\s,]+/).filter(Boolean)) {
    const [, key, value] = LABEL.exec(part) ?? [];
    if (key === undefined || value === undefined) return null;
    labels[key] = value;
  }
  return labels;
}

// As the service takes them.
const LABEL = /^([A-Za-z0-9](?:[A-Za-z0-9._/-]{0,251}[A-Za-z0-9])?)=([A-Za-z0-9._-]{0,63})$/;
