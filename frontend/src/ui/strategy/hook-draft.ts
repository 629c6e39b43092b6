/** Hooks as a form holds them. Pure. */
import type { HookInput } from "./draft";
import { jobFrom, jobLack, jobTextOf, type JobText } from "./job-text";
import type { OwnStrategy } from "./words";

export interface HookDraft extends JobText {
  name: string;
  when: HookInput["when"];
  scope: NonNullable<HookInput["scope"]>;
}

export const newHook = (name: string): HookDraft => ({
  name,
  when: "before",
  scope: "environment",
  ...jobTextOf(null),
});

export const hookDraftOf = ({ name, when, scope, job }: OwnStrategy["hooks"][number]): HookDraft => ({
  name,
  when,
  scope,
  ...jobTextOf(job),
});

/** What a hook lacks before it can be sent; null if nothing. The service judges the rest. */
export const hookLack = (draft: HookDraft): string | null => (draft.name ? jobLack(draft) : "Give the hook a name.");

/** The hook of a draft that lacks nothing. */
export const hookFrom = (draft: HookDraft): HookInput => ({
  name: draft.name,
  when: draft.when,
  scope: draft.scope,
  job: jobFrom(draft),
});
