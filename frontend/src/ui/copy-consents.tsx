import { Checkbox, Stack } from "@mantine/core";
import type { CopyPlan } from "@/api/contract";

/** Short names; a consent that is not here is shown by its own name, with what the problem says. */
const labels: Partial<Record<string, string>> = {
  "missing-references": "Missing references",
  "finished-jobs": "Run Jobs again",
  "owned-objects": "Overwrite what others deliver",
  "registry-credentials": "Registry credentials",
  "certificate-keys": "Private keys of certificates",
  "system-namespaces": "System namespaces",
};

export interface Offer {
  consent: string;
  label: string;
  description: string | null;
}

/** The consents that the plan's problems ask for, and those that were given before and that lift them. */
export function consentsOf(plan: CopyPlan | undefined, given: readonly string[]): Offer[] {
  const problems = plan ? [...plan.problems, ...plan.clusters.flatMap((each) => each.problems)] : [];
  const found = new Map<string, string | null>(given.map((consent) => [consent, null]));
  for (const { consent, detail } of problems) {
    if (consent !== null && !found.get(consent)) found.set(consent, detail);
  }
  return [...found].map(([consent, description]) => ({
    consent,
    label: labels[consent] ?? consent.replaceAll("-", " ").replace(/^./, (first) => first.toUpperCase()),
    description,
  }));
}

interface CopyConsentsProps {
  plan: CopyPlan | undefined;
  given: readonly string[];
  onChange: (given: string[]) => void;
}

/** A checkbox for each consent that the plan's problems ask for. */
export function CopyConsents({ plan, given, onChange }: CopyConsentsProps) {
  const offered = consentsOf(plan, given);
  if (offered.length === 0) return null;
  return (
    <Checkbox.Group label="Accept" value={[...given]} onChange={onChange}>
      <Stack gap={6} mt={6}>
        {offered.map(({ consent, label, description }) => (
          <Checkbox key={consent} value={consent} label={label} description={description} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
