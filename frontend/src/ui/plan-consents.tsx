import { Checkbox } from "@mantine/core";
import type { ImageConsent, PlanProblem } from "@/api/contract";

/** What the person accepts with each consent. */
const labels: Record<ImageConsent, string> = {
  "owned-until-next-upgrade":
    "Write workloads of Helm, Argo CD or Flux as well: their next upgrade or sync brings its own images back",
};

/** The consents that would lift problems of a plan of images, and those that are given already. */
export const consentsOf = (problems: readonly PlanProblem[], given: readonly ImageConsent[]): ImageConsent[] =>
  (Object.keys(labels) as ImageConsent[]).filter(
    (consent) => given.includes(consent) || problems.some((problem) => problem.consent === consent),
  );

interface PlanConsentsProps {
  problems: readonly PlanProblem[];
  given: readonly ImageConsent[];
  onChange: (given: ImageConsent[]) => void;
}

/** A checkbox for each consent that the plan's problems ask for, with its consequence. */
export function PlanConsents({ problems, given, onChange }: PlanConsentsProps) {
  return consentsOf(problems, given).map((consent) => (
    <Checkbox
      key={consent}
      checked={given.includes(consent)}
      onChange={(event) =>
        onChange(event.currentTarget.checked ? [...given, consent] : given.filter((each) => each !== consent))
      }
      label={labels[consent]}
    />
  ));
}
