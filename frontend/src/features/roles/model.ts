/** The form that gives a role, and the words for bindings. Pure. */
import type { Binding, BindingCreate, Person, Role, SubjectKind } from "@/api/contract";
import { groupsOf } from "@/lib/groups";
import { labelsIn } from "@/lib/labels";
import { scopeWords } from "@/lib/rights";

export const kindWords: Record<SubjectKind, string> = {
  person: "Person",
  group: "Group",
  "service-account": "Service account",
  trust: "Trust of CI jobs",
  token: "Token",
};

export const isSubjectKind = (value: unknown): value is SubjectKind =>
  typeof value === "string" && Object.hasOwn(kindWords, value);

/** Whom a role can be given to: a token that acts as itself has the role with which it was created. */
export const kindChoices = (["person", "group", "service-account", "trust"] as const).map((value) => ({
  value,
  label: kindWords[value],
}));

export interface Draft {
  kind: SubjectKind;
  id: string;
  role: Role;
  on: "named" | "labels" | "all";
  applications: string[];
  labels: string;
  within: "named" | "all";
  environments: string[];
  breakGlass: boolean;
  /** The last day, as a date field has it; empty for a role that lasts. */
  day: string;
}

/** A role covers all of something only where somebody chose that. */
export const emptyDraft: Draft = {
  kind: "person",
  id: "",
  role: "viewer",
  on: "named",
  applications: [],
  labels: "",
  within: "named",
  environments: [],
  breakGlass: false,
  day: "",
};

/** The binding of a draft; a sentence with what it still lacks. */
export function bindingOf(draft: Draft): BindingCreate | string {
  const { kind, on, within, applications, environments, breakGlass, day } = draft;
  const id = draft.id.trim();
  if (!id) return "Choose whom to give the role to.";
  if (kind === "group" && !/^[^:]+:./.test(id)) return "Write the group as provider:group.";
  const labels = labelsIn(draft.labels);
  if (on === "labels" && (labels === null || Object.keys(labels).length === 0))
    return "Write the labels of the applications as key=value.";
  if (on === "named" && applications.length === 0) return "Choose the applications.";
  if (within === "named" && environments.length === 0) return "Choose the environments.";
  return {
    subject: { kind, id },
    role: draft.role,
    applications: on === "named" ? applications : null,
    labels: on === "labels" ? labels : null,
    environments: within === "named" ? environments : null,
    break_glass: breakGlass,
    // The last day counts whole, in the browser's time zone.
    expires_at: day ? new Date(`${day}T23:59:59`).toISOString() : null,
  };
}

/** `promoter on shop in Staging, to Ada`. */
export const bindingWords = ({ role, scope, subject }: Binding): string =>
  `${role} on ${scopeWords(scope)}, to ${subject.name}`;

/** Somebody whose roles are asked for. */
export interface Whom {
  kind: SubjectKind;
  id: string;
}

/** The bindings of somebody; of a person, those of their groups as well. */
export function bindingsOf(
  bindings: readonly Binding[],
  { kind, id }: Whom,
  person: Pick<Person, "provider" | "groups"> | undefined,
): Binding[] {
  const groups = person ? groupsOf([person]) : [];
  return bindings.filter(
    ({ subject }) =>
      (subject.kind === kind && subject.id === id) || (subject.kind === "group" && groups.includes(subject.id)),
  );
}

export const hasExpired = ({ expires_at: expires }: Binding, now: number): boolean =>
  expires !== null && new Date(expires).getTime() <= now;
