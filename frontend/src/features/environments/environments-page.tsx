import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { Environment } from "@/api/contract";
import { environmentsQuery } from "@/api/environments";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { LinkButton } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { StopControl } from "@/connected/stop-control";
import { RightButton } from "@/connected/right-button";
import { DeleteEnvironmentDialog } from "./delete-environment-dialog";
import { approvalPoliciesQuery } from "./queries";
import { OrderedEnvironments } from "./ordered-environments";

// Loaded on demand: only administrators open it.
const GivenNamespacesDialog = lazy(async () => ({
  default: (await import("./given-namespaces-dialog")).GivenNamespacesDialog,
}));
const ApprovalsDialog = lazy(async () => ({ default: (await import("./approvals-dialog")).ApprovalsDialog }));
const StrategyDialog = lazy(async () => ({ default: (await import("./strategy-dialog")).StrategyDialog }));
const LevelDialog = lazy(async () => ({ default: (await import("./level-dialog")).LevelDialog }));
const EnvironmentDialog = lazy(async () => ({ default: (await import("./environment-dialog")).EnvironmentDialog }));

interface EnvironmentsPageProps {
  /** The names of the registered clusters. */
  clusters: readonly string[];
  /** The cluster that the page's address asks to bring level. */
  level?: { environment: string; cluster: string } | undefined;
  onLevelClosed?: () => void;
}

type Open =
  | { type: "create" }
  | { type: "level"; environment: Environment; cluster: string }
  | { type: "edit" | "strategy" | "approvals" | "namespaces" | "delete"; environment: Environment }
  | null;

/** The environments in the order in which applications are promoted. */
export function EnvironmentsPage({ clusters, level, onLevelClosed }: EnvironmentsPageProps) {
  const query = useQuery(environmentsQuery);
  const policies = useQuery(approvalPoliciesQuery);
  const policyOf = ({ name }: Environment) => policies.data?.find(({ environment }) => environment === name) ?? null;
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const levelled = query.data?.find(({ name }) => name === level?.environment);
  return (
    <Page
      title="Environments"
      below="Applications are promoted from the first environment to the last. Drag an environment, or use its arrows, to change the order."
      actions={
        <RightButton
          needs="administer"
          leftSection={<Icon name="plus" />}
          blocked={clusters.length === 0 ? "Connect a cluster first." : null}
          onClick={() => setOpen({ type: "create" })}
        >
          New environment
        </RightButton>
      }
    >
      <Loaded query={query} what="environments">
        {(environments) =>
          environments.length === 0 ? (
            <EmptyState
              title="No environments yet"
              action={
                clusters.length === 0 ? (
                  <LinkButton to="/clusters" variant="default">
                    Connect a cluster first
                  </LinkButton>
                ) : null
              }
            >
              <p>An environment, such as Development, Staging or Production, consists of one or more clusters.</p>
            </EmptyState>
          ) : (
            <>
              <OrderedEnvironments
                environments={environments}
                policyOf={policyOf}
                onEdit={(environment) => setOpen({ type: "edit", environment })}
                onStrategy={(environment) => setOpen({ type: "strategy", environment })}
                onApprovals={policies.data ? (environment) => setOpen({ type: "approvals", environment }) : undefined}
                onNamespaces={(environment) => setOpen({ type: "namespaces", environment })}
                onLevel={(environment) =>
                  setOpen({ type: "level", environment, cluster: environment.clusters.at(-1)!.name })
                }
                onDelete={(environment) => setOpen({ type: "delete", environment })}
              />
              <StopControl kind="environment" names={environments.map(({ name }) => name)} />
            </>
          )
        }
      </Loaded>
      <Suspense fallback={null}>
        {open?.type === "create" ? <EnvironmentDialog environment={null} clusters={clusters} onClose={close} /> : null}
        {open?.type === "edit" ? (
          <EnvironmentDialog
            environment={open.environment}
            clusters={clusters}
            onClose={close}
            onGained={(environment, cluster) => setOpen({ type: "level", environment, cluster })}
          />
        ) : null}
        {open?.type === "level" ? (
          <LevelDialog environment={open.environment} cluster={open.cluster} onClose={close} />
        ) : null}
        {level && levelled && onLevelClosed ? (
          <LevelDialog environment={levelled} cluster={level.cluster} onClose={onLevelClosed} />
        ) : null}
        {open?.type === "strategy" ? <StrategyDialog environment={open.environment} onClose={close} /> : null}
        {open?.type === "approvals" ? (
          <ApprovalsDialog environment={open.environment.name} policy={policyOf(open.environment)} onClose={close} />
        ) : null}
        {open?.type === "namespaces" ? (
          <GivenNamespacesDialog environment={open.environment.name} onClose={close} />
        ) : null}
      </Suspense>
      {open?.type === "delete" ? <DeleteEnvironmentDialog environment={open.environment} onClose={close} /> : null}
    </Page>
  );
}
