import { Checkbox, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useLack } from "@/api/rights";
import {
  applied,
  broughtBy,
  isSameRemedy,
  isTyped,
  valuesLacking,
  type BroughtKey,
  type Remedy,
  type TypedValues,
} from "@/lib/remedies";
import { RightButton } from "./right-button";

interface Choice {
  chosen: readonly Remedy[];
  typed: TypedValues;
}

const NONE: Choice = { chosen: [], typed: {} };

function remediesOf({ chosen, typed }: Choice, change: (next: (before: Choice) => Choice) => void) {
  const without = (before: Choice, remedy: Remedy) => before.chosen.filter((each) => !isSameRemedy(each, remedy));
  return {
    chosen,
    typed,
    setTyped: (values: TypedValues) => change((before) => ({ ...before, typed: values })),
    choose: (remedy: Remedy) => change((before) => ({ ...before, chosen: [...without(before, remedy), remedy] })),
    takeBack: (remedy: Remedy) => change((before) => ({ ...before, chosen: without(before, remedy) })),
    /** The request with what they add. */
    apply: <Request extends object>(request: Request): Request => applied(request, chosen, typed),
    /** Why the request cannot be sent with them. */
    blocked: chosen.some((remedy) => valuesLacking(remedy, typed)) ? "Type in the values of the keys first." : null,
  };
}

export type RemediesChosen = ReturnType<typeof remediesOf>;

/** The remedies of a plan's findings that its user has chosen, and the values typed in for keys that they bring. */
export function useRemedies(): RemediesChosen {
  const [choice, setChoice] = useState(NONE);
  return remediesOf(choice, setChoice);
}

/** The same for the plans of several applications, by application. */
export function useRemediesByApplication(): (application: string) => RemediesChosen {
  const [choices, setChoices] = useState<Readonly<Record<string, Choice>>>({});
  return (application) =>
    remediesOf(choices[application] ?? NONE, (next) =>
      setChoices((before) => ({ ...before, [application]: next(before[application] ?? NONE) })),
    );
}

interface RemedyButtonProps {
  remedy: Remedy;
  application: string;
  target: string;
  /** The environment from which keys are copied, if there is one. */
  source: string | null;
  onChoose: (remedy: Remedy) => void;
}

/** A remedy beside its finding. To bring keys takes the right to maintain both sides: who lacks it sees why it is disabled. */
export function RemedyButton({ remedy, application, target, source, onChoose }: RemedyButtonProps) {
  const brings = broughtBy(remedy).length > 0;
  const lackInSource = useLack("maintain", { application, environment: source ?? target });
  return (
    <RightButton
      needs={brings ? "maintain" : "promote"}
      at={{ application, environment: target }}
      blocked={brings ? lackInSource : null}
      size="compact-xs"
      variant="default"
      onClick={() => onChoose(remedy)}
    >
      {remedy.title}
    </RightButton>
  );
}

/** The remedies that were chosen. Each can be taken back, and the keys that one brings can be given values. */
export function ChosenRemedies({ remedies }: { remedies: RemediesChosen }) {
  const { chosen, takeBack } = remedies;
  return chosen.map((remedy) => (
    <Stack key={JSON.stringify(remedy.request)} gap="xs">
      <Checkbox checked onChange={() => takeBack(remedy)} label={remedy.title} />
      {broughtBy(remedy).map((key) => (
        <KeyField key={key.place} brought={key} copied={!isTyped(remedy)} remedies={remedies} />
      ))}
    </Stack>
  ));
}

interface KeyFieldProps {
  brought: BroughtKey;
  /** It is copied from the source, unless a value is typed in. */
  copied: boolean;
  remedies: RemediesChosen;
}

function KeyField({ brought, copied, remedies: { typed, setTyped } }: KeyFieldProps) {
  const { place, kind, name, key } = brought;
  const Field = kind === "Secret" ? PasswordInput : TextInput;
  return (
    <Field
      size="xs"
      label={`Value of ${key} in ${kind} ${name}`}
      description={copied ? "Left empty, it is copied from the source" : "A deployment has no source to copy it from"}
      required={!copied}
      autoComplete="off"
      defaultValue={typed[place] ?? ""}
      // Not with each key that is pressed: every value makes a new plan.
      onBlur={(event) => {
        const { value } = event.currentTarget;
        if (value !== (typed[place] ?? "")) setTyped({ ...typed, [place]: value });
      }}
    />
  );
}
