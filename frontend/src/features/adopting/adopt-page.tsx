import { Group, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AdoptRequest, AdoptionPlan } from "@/api/contract";
import { environmentNamespacesQuery } from "@/api/environments";
import { usePlan } from "@/api/use-plan";
import { count } from "@/lib/words";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { NamespaceField } from "@/ui/namespace-field";
import { Page, Section } from "@/ui/page";
import { PlanProblems } from "@/ui/plan-problems";
import { ProblemAlert } from "@/ui/problem-alert";
import { RightButton } from "@/connected/right-button";
import { StatusBadge } from "@/ui/status-badge";
import classes from "./adopting.module.css";
import { adopt, previewAdoption } from "./calls";

interface AdoptPageProps {
  application: string;
  environment: string;
  clusters: readonly string[];
  defaultNamespace: string | null;
  onAdopted: () => void;
}

/** Adopts the resources that already run in a namespace. Adopting changes nothing on the clusters. */
export function AdoptPage({ application, environment, clusters, defaultNamespace, onAdopted }: AdoptPageProps) {
  const [namespace, setNamespace] = useState(defaultNamespace ?? "");
  const [selector, setSelector] = useState("");
  const namespaces = useQuery(environmentNamespacesQuery(environment));
  const request: AdoptRequest = { namespace, label_selector: selector.trim() || null, resources: null };
  const plan = usePlan({
    request: JSON.stringify(request),
    mode: "on-demand",
    preview: (signal) => previewAdoption(application, environment, request, signal),
    start: () => adopt(application, environment, request),
    onStarted: onAdopted,
  });
  const adopted = plan.plan?.resources.filter((each) => each.adopted).length ?? 0;

  return (
    <Page
      title={`Adopt ${application} in ${environment}`}
      above={
        <Link to="/applications/$application" params={{ application }} search={{ environment }}>
          {application}
        </Link>
      }
      below="Stagecoach takes over what already runs. Adopting changes nothing on the clusters."
    >
      <Section title="Location">
        <div className={classes.fields}>
          <NamespaceField namespaces={namespaces.data} clusters={clusters} value={namespace} onChange={setNamespace} />
          <TextInput
            label="Label selector"
            description="Leave empty to adopt everything in the namespace"
            placeholder="app.kubernetes.io/part-of=shop"
            value={selector}
            onChange={(event) => setSelector(event.currentTarget.value)}
          />
        </div>
        <Group>
          <RightButton
            needs="maintain"
            at={{ application, environment }}
            variant={plan.plan ? "default" : "filled"}
            leftSection={<Icon name="search" />}
            loading={plan.query.isFetching}
            blocked={namespace === "" ? "Enter a namespace." : null}
            onClick={plan.preview}
          >
            Find resources
          </RightButton>
          <RightButton
            needs="maintain"
            at={{ application, environment }}
            leftSection={<Icon name="hand" />}
            loading={plan.starting}
            blocked={!plan.plan ? "Find the resources first." : adopted === 0 ? "There is nothing to adopt." : null}
            onClick={plan.start}
          >
            {adopted > 0 ? `Adopt ${count(adopted, "resource")}` : "Adopt"}
          </RightButton>
        </Group>
      </Section>
      <div aria-live="polite" className={classes.result}>
        {plan.query.error ? <ProblemAlert error={plan.query.error} /> : null}
        {plan.startError ? <ProblemAlert error={plan.startError} /> : null}
        {plan.plan ? <PlanView plan={plan.plan} /> : null}
      </div>
    </Page>
  );
}

function PlanView({ plan }: { plan: AdoptionPlan }) {
  if (plan.resources.length === 0) {
    return (
      <EmptyState title={`No resources found in ${plan.namespace}`}>
        <p>Check the namespace and the label selector.</p>
      </EmptyState>
    );
  }
  return (
    <Section title="Resources found">
      <PlanProblems problems={plan.problems} />
      <ul className={classes.found}>
        {plan.resources.map(({ resource, adopted, reason }) => (
          <li key={`${resource.api_version} ${resource.kind} ${resource.name}`}>
            <span>
              <span className={classes.kind}>{resource.kind}</span> {resource.name}
            </span>
            <span className={classes.effect}>
              <StatusBadge
                quiet
                status={
                  adopted
                    ? { label: "Adopt", tone: "good", icon: "check" }
                    : { label: "Skip", tone: "idle", icon: "skip" }
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
