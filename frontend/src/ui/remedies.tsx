import { Checkbox } from "@mantine/core";
import { isSameRemedy, type Remedy } from "@/lib/remedies";

interface RemediesProps {
  chosen: readonly Remedy[];
  onChange: (chosen: Remedy[]) => void;
}

/** The remedies that were chosen; each can be taken back, and then the plan is made without it. */
export function Remedies({ chosen, onChange }: RemediesProps) {
  return chosen.map((remedy) => (
    <Checkbox
      key={JSON.stringify(remedy.request)}
      checked
      onChange={() => onChange(chosen.filter((each) => !isSameRemedy(each, remedy)))}
      label={remedy.title}
    />
  ));
}
