/** Git repositories. Pure. */
import type { GitRepositoryCheck } from "@/api/contract";

const HASH_SHOWN = 12;

/** The result of a check as a sentence. */
export function checkSentence(checked: GitRepositoryCheck): string {
  if (!checked.well) return checked.detail ?? "The server did not respond as expected.";
  const file = checked.path === null ? "" : ` and has ${checked.path}`;
  return `Branch ${checked.branch ?? ""} is at commit ${checked.commit?.slice(0, HASH_SHOWN) ?? ""}${file}.`;
}
