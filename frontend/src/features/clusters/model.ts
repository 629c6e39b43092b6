/** Parsing, suggestions and refusals for the cluster dialog's fields. Pure. */
import type { ApiProblem } from "@/api/problem";
import { briefly } from "@/lib/words";

/** A cluster name derived from the kubeconfig's current context; empty if the kubeconfig has none. */
export function suggestedName(kubeconfig: string): string {
  const context = /^current-context:\s*["']?([^"'\s#]+)/m.exec(kubeconfig)?.[1] ?? "";
  const name = context.replace(/[^A-Za-z0-9-]+/g, "-").replace(/^-+|-+$/g, "");
  return name.slice(0, 63).replace(/-+$/, "");
}

export const lineCount = (text: string): number => text.split("\n").length;

/** One thing that is wrong with a kubeconfig: the line from 1, the member, and what is wrong with it. */
export interface KubeconfigRefusal {
  line: number | null;
  field: string | null;
  reason: string;
}

/** What is wrong with the submitted kubeconfig, each once and in the order of its lines; nothing of other problems. */
export function kubeconfigRefusals({ detail, document }: ApiProblem): KubeconfigRefusal[] {
  const { code, errors, field, line } = document;
  const listedErrors = code === "kubeconfig-refused" ? (errors ?? []) : [];
  if (listedErrors.length === 0) {
    return field?.includes("kubeconfig") || typeof line === "number"
      ? [{ line: line ?? null, field: null, reason: detail }]
      : [];
  }
  const found = new Map<string, KubeconfigRefusal>();
  for (const each of listedErrors) {
    const refusal = { line: each.line ?? null, field: each.field.replace(/^\$\.?/, "") || null, reason: each.message };
    found.set(JSON.stringify(refusal), refusal);
  }
  return [...found.values()].sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
}

const NAMED = 5;

/** `context "staging", user "old" and 3 more`. */
export const leftOutText = (leftOut: readonly string[]): string => briefly(leftOut, NAMED);
