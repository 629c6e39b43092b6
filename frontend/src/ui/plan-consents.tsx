import { Checkbox } from "@mantine/core";
import type { ImageConsent, PlanProblem } from "@/api/contract";
import { listed } from "@/lib/words";

/** By what a tool brings its own images back. */
const nextRun: Partial<Record<string, string>> = {
  Helm: "the next helm upgrade",
  "Argo CD": "Argo CD's next sync",
  Flux: "Flux's next reconciliation",
};

/** What the person accepts with each consent, in the words of the tools that the plan's problems name. */
const labels: Record<ImageConsent, (tools: readonly string[]) => string> = {
  "owned-until-next-upgrade": (tools) => {
    const runs = tools.map((tool) => nextRun[tool] ?? `${tool}'s next run`);
    if (runs.length === 0)
      return "Write workloads of Helm, Argo CD or Flux as well: their next upgrade or sync brings its own images back";
    const comes = runs.length === 1 ? "brings its own images" : "bring their own images";
    return `Write workloads of ${listed(tools)} as well: ${listed(runs)} ${comes} back`;
  },
  "missing-references": () => "Write workloads that refer to what is missing as well: their new pods may not start",
  "without-room": () => "Begin although a quota or limits refuse the new pods as things are now",
};

const toolsOf = (problems: readonly PlanProblem[]): string[] =>
  [...new Set(problems.flatMap(({ tool }) => (tool === null ? [] : [tool])))].sort();

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
      label={labels[consent](toolsOf(problems))}
    />
  ));
}
