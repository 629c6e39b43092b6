import { Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import type { SubjectKind } from "@/api/contract";
import { useRight } from "@/api/rights";
import { accountsQuery, peopleQuery, trustsQuery } from "@/api/subjects";
import { groupsOf } from "@/lib/groups";
import { kindChoices, kindWords } from "./model";

interface SubjectFieldsProps {
  kind: SubjectKind;
  id: string;
  onChange: (subject: { kind: SubjectKind; id: string }) => void;
  error?: string | undefined;
}

/** Whom a role is for: chosen from a list where the user may read all of it, typed otherwise. */
export function SubjectFields({ kind, id, onChange, error }: SubjectFieldsProps) {
  const { choices, complete } = useChoices(kind);
  const suggestions = useId();
  const change = (value: string) => onChange({ kind, id: value });
  return (
    <>
      <Select
        label="Kind"
        allowDeselect={false}
        data={kindChoices}
        value={kind}
        onChange={(value) => onChange({ kind: value as SubjectKind, id: "" })}
      />
      {complete ? (
        <Select
          label={kindWords[kind]}
          required
          searchable
          nothingFoundMessage="Nobody matches"
          data={[...choices]}
          value={id || null}
          onChange={(value) => change(value ?? "")}
          error={error}
        />
      ) : (
        <>
          <TextInput
            label={kind === "group" ? "Group" : `Id of the ${kindWords[kind].toLowerCase()}`}
            description={
              kind === "group" ? "The provider's name, a colon, and the group as the provider names it" : null
            }
            placeholder={kind === "group" ? "keycloak:platform" : undefined}
            required
            spellCheck={false}
            list={suggestions}
            value={id}
            onChange={(event) => change(event.currentTarget.value)}
            error={error}
          />
          <datalist id={suggestions}>
            {choices.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </datalist>
        </>
      )}
    </>
  );
}

interface Choices {
  choices: readonly { value: string; label: string }[];
  /** Whether these are all there are. */
  complete: boolean;
}

function useChoices(kind: SubjectKind): Choices {
  const lists = useRight("administer");
  const people = useQuery({ ...peopleQuery, enabled: lists && (kind === "person" || kind === "group") });
  const accounts = useQuery({ ...accountsQuery, enabled: kind === "service-account" });
  const trusts = useQuery({ ...trustsQuery, enabled: lists && kind === "trust" });
  const named = (items: readonly { id: string; name: string }[] | undefined): Choices => ({
    choices: (items ?? []).map(({ id, name }) => ({ value: id, label: name })),
    complete: lists && items !== undefined,
  });
  switch (kind) {
    case "person": {
      const told = people.data?.map(({ id, name, email, provider }) => ({ id, name: `${name}, ${email ?? provider}` }));
      return named(told);
    }
    case "service-account":
      return named(accounts.data);
    case "trust":
      return named(trusts.data);
    case "group":
    case "token":
      // People join groups that nobody has brought along yet.
      return { choices: groupsOf(people.data ?? []).map((value) => ({ value, label: value })), complete: false };
  }
}
