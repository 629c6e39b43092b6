/** Parsing and suggestions for the cluster dialog's fields. Pure. */

/** Parses `region=eu, tier=prod`; null if a part is not `key=value`. */
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

/** A cluster name derived from the kubeconfig's current context; empty if the kubeconfig has none. */
export function suggestedName(kubeconfig: string): string {
  const context = /^current-context:\s*["']?([^"'\s#]+)/m.exec(kubeconfig)?.[1] ?? "";
  const name = context.replace(/[^A-Za-z0-9-]+/g, "-").replace(/^-+|-+$/g, "");
  return name.slice(0, 63).replace(/-+$/, "");
}

export const lineCount = (text: string): number => text.split("\n").length;
