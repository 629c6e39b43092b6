import { Checkbox, PasswordInput, Stack, TextInput } from "@mantine/core";
import { broughtBy, isSameRemedy, type Remedy, type TypedValues } from "@/lib/remedies";

interface RemediesProps {
  chosen: readonly Remedy[];
  onChange: (chosen: Remedy[]) => void;
  /** Values that keys get instead of the source's, by `Secret/login/token`. */
  typed: TypedValues;
  onTyped: (typed: TypedValues) => void;
}

/** The remedies that were chosen. Each can be taken back, and the keys that one brings can be given other values. */
export function Remedies({ chosen, onChange, typed, onTyped }: RemediesProps) {
  return chosen.map((remedy) => (
    <Stack key={JSON.stringify(remedy.request)} gap="xs">
      <Checkbox
        checked
        onChange={() => onChange(chosen.filter((each) => !isSameRemedy(each, remedy)))}
        label={remedy.title}
      />
      {broughtBy(remedy).map(({ place, kind, name, key }) => {
        const Field = kind === "Secret" ? PasswordInput : TextInput;
        return (
          <Field
            key={place}
            size="xs"
            label={`Value of ${key} in ${kind} ${name}`}
            description="Left empty, it is copied from the source"
            autoComplete="off"
            defaultValue={typed[place] ?? ""}
            // Not with each key that is pressed: every value makes a new plan.
            onBlur={(event) => onTyped({ ...typed, [place]: event.currentTarget.value })}
          />
        );
      })}
    </Stack>
  ));
}
