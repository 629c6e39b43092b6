/** What the dialog makes of a kubeconfig and of labels before the service sees them. Pure. */

/** `region=eu, tier=prod` → a record; null where a part is not `key=value`. */
export function parseLabels(text: string): Record<string, string> | null {
  const labels: Record<string, string> = {};
  for (const part of text.split(/[,\n]/).map((each) => each.trim())) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals <= 0) return null;
    labels[part.slice(0, equals).trim()] = part.slice(equals + 1).trim();
  }
  return labels;
}

export const writtenLabels = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");

/** A name for the cluster from its kubeconfig's current context, where that can be one. */
export function suggestedName(kubeconfig: string): string {
  const context = /^current-context:\s*["']?([^"'\s#]+)/m.exec(kubeconfig)?.[1] ?? "";
  const name = context.replace(/[^A-Za-z0-9-]+/g, "-").replace(/^-+|-+$/g, "");
  return name.slice(0, 63).replace(/-+$/, "");
}

export const lineCount = (text: string): number => text.split("\n").length;
