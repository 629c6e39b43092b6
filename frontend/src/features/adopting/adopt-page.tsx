import { Button, Group, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AdoptRequest, AdoptionPlan } from "@/api/contract";
import { environmentNamespacesQuery } from "@/api/environments";
import { count } from "@/lib/words";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { NamespaceField } from "@/ui/namespace-field";
import { Page, Section } from "@/ui/page";
import { PlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { RoleButton } from "@/ui/role-button";
import { StatusBadge } from "@/ui/status-badge";
import classes from "./adopting.module.css";
import { useAdopt, usePreviewAdopt } from "./mutations";

interface AdoptPageProps {
  application: string;
  environment: string;
  clusters: readonly string[];
  defaultNamespace: string | null;
  onAdopted: () => void;
}

/** Takes up what already runs in a namespace; nothing is changed on any cluster. */
export function AdoptPage({ application, environment, clusters, defaultNamespace, onAdopted }: AdoptPageProps) {
  const [namespace, setNamespace] = useState(defaultNamespace ?? "");
  const [selector, setSelector] = useState("");
  const [seen, setSeen] = useState<{ asked: string; plan: AdoptionPlan } | null>(null);
  const namespaces = useQuery(environmentNamespacesQuery(environment));
  const preview = usePreviewAdopt(application, environment);
  const adopt = useAdopt(application, environment);
  const request: AdoptRequest = { namespace, label_selector: selector.trim() || null, resources: null };
  const asked = JSON.stringify(request);
  const plan = seen?.asked === asked ? seen.plan : null;
  const taken = plan?.resources.filter(({ adopted }) => adopted).length ?? 0;

  return (
    <Page
      title={`Adopt ${application} in ${environment}`}
      above={
        <Link to="/applications/$application" params={{ application }} search={{ environment }}>
          {application}
        </Link>
      }
      below="Takes up what already runs. Nothing is changed on any cluster."
    >
      <Section title="Where to look">
        <div className={classes.fields}>
          <NamespaceField namespaces={namespaces.data} clusters={clusters} value={namespace} onChange={setNamespace} />
          <TextInput
            label="Label selector"
            description="Only what carries these labels; everything in the namespace where it is empty"
            placeholder="app.kubernetes.io/part-of=shop"
            value={selector}
            onChange={(event) => setSelector(event.currentTarget.value)}
          />
        </div>
        <Group>
          <Button
            variant={plan ? "default" : "filled"}
            leftSection={<Icon name="search" />}
            loading={preview.isPending}
            disabled={namespace === ""}
            onClick={() => preview.mutate(request, { onSuccess: (found) => setSeen({ asked, plan: found }) })}
          >
            Look what is there
          </Button>
          <RoleButton
            needs="operator"
            leftSection={<Icon name="hand" />}
            loading={adopt.isPending}
            blocked={!plan ? "Look what is there first." : taken === 0 ? "There is nothing to adopt." : null}
            onClick={() => adopt.mutate(request, { onSuccess: onAdopted })}
          >
            {taken > 0 ? `Adopt ${count(taken, "resource")}` : "Adopt"}
          </RoleButton>
        </Group>
      </Section>
      <div aria-live="polite" className={classes.result}>
        {preview.error ? <ProblemAlert error={preview.error} /> : null}
        {adopt.error ? <ProblemAlert error={adopt.error} /> : null}
        {plan ? <PlanView plan={plan} /> : null}
      </div>
    </Page>
  );
}

function PlanView({ plan }: { plan: AdoptionPlan }) {
  if (plan.resources.length === 0) {
    return (
      <EmptyState title={`Nothing was found in ${plan.namespace}`}>
        <p>Is it the right namespace? A label selector that nothing carries finds nothing either.</p>
      </EmptyState>
    );
  }
  return (
    <Section title="What was found">
      <PlanProblems problems={plan.problems} />
      <ul className={classes.found}>
        {plan.resources.map(({ resource, adopted, reason }) => (
          <li key={`${resource.api_version} ${resource.kind} ${resource.name}`}>
            <span>
              <span className={classes.kind}>{resource.kind}</span> {resource.name}
            </span>
            <span className={classes.verdict}>
              <StatusBadge
                quiet
                status={
                  adopted
                    ? { label: "Taken up", tone: "good", icon: "check" }
                    : { label: "Left out", tone: "idle", icon: "skip" }
                }
              />
              {reason ? <span className={classes.kind}>{reason}</span> : null}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
