import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { applicationQuery } from "@/api/applications";
import type { ApplicationOverview, EnvironmentOverview } from "@/api/contract";
import type { PushedImage } from "@/api/deploying";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Link, LinkButton } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import type { Bringing } from "@/connected/bring-keys";
import { ChangeButton } from "@/connected/change-button";
import { RightButton } from "@/connected/right-button";
import { Time } from "@/ui/time";
import { EnvironmentDetail } from "./environment-detail";
import { promotionBlocked, proposedTarget, selectedEnvironment } from "./model";
import { Pipeline } from "./pipeline";
import { overviewQuery } from "./queries";
import { UnconfiguredChoices } from "./unconfigured-choices";

interface ApplicationPageProps {
  application: string;
  /** The environment named in the address. */
  environment: string | undefined;
  onSelect: (environment: string) => void;
  onPromote: (source: string, target: string) => void;
  onDeploy: (environment: string, image: PushedImage) => void;
  onPutBack: (environment: string, operation: string) => void;
  onBring: (bringing: Bringing) => void;
  onRestart: (environment: string) => void;
  /** Content of other features for the selected environment. */
  below: (environment: EnvironmentOverview) => ReactNode;
  beside: (environment: EnvironmentOverview) => ReactNode;
  /** The same, where it is not configured yet. */
  unconfigured: (environment: EnvironmentOverview) => ReactNode;
  menu: ReactNode;
  /** Open dialogs. */
  over: (overview: ApplicationOverview) => ReactNode;
}

/** One application: the pipeline of its environments, and the selected environment in detail. */
export function ApplicationPage({
  application,
  environment,
  onSelect,
  onPromote,
  onDeploy,
  onPutBack,
  onBring,
  onRestart,
  below,
  beside,
  unconfigured,
  menu,
  over,
}: ApplicationPageProps) {
  const about = useQuery(applicationQuery(application));
  const overview = useQuery(overviewQuery(application));
  const selected = overview.data ? selectedEnvironment(overview.data, environment) : undefined;
  return (
    <Page
      title={about.data?.name ?? application}
      above={<Link to="/applications">Applications</Link>}
      below={about.data?.description}
      actions={
        overview.data && selected ? (
          <>
            <EnvironmentSelect overview={overview.data} selected={selected} onSelect={onSelect} />
            <PromoteButton
              application={application}
              overview={overview.data}
              selected={selected}
              onPromote={onPromote}
            />
            {menu}
          </>
        ) : null
      }
    >
      <Loaded query={overview} what="the application">
        {(data) =>
          selected ? (
            <>
              <Pipeline
                application={application}
                overview={data}
                selected={selected.environment}
                onSelect={onSelect}
                onPromote={onPromote}
                onDeploy={onDeploy}
                onPutBack={onPutBack}
                onBring={onBring}
              />
              {selected.configured ? (
                <EnvironmentDetail
                  application={application}
                  overview={data}
                  environment={selected}
                  updatedAt={<Time at={data.read_at} />}
                  onRestart={() => onRestart(selected.environment)}
                  below={below(selected)}
                >
                  {beside(selected)}
                </EnvironmentDetail>
              ) : (
                <>
                  <UnconfiguredChoices application={application} overview={data} environment={selected} />
                  {unconfigured(selected)}
                </>
              )}
              {over(data)}
            </>
          ) : (
            <EmptyState
              title="No environments yet"
              action={
                <LinkButton to="/environments" variant="default">
                  Go to environments
                </LinkButton>
              }
            >
              <p>An environment consists of one or more clusters. Create the first one, then return to this page.</p>
            </EmptyState>
          )
        }
      </Loaded>
    </Page>
  );
}

interface Selecting {
  overview: ApplicationOverview;
  selected: EnvironmentOverview;
}

function EnvironmentSelect({ overview, selected, onSelect }: Selecting & { onSelect: (environment: string) => void }) {
  return (
    <NativeSelect
      aria-label="Environment"
      w={250}
      leftSection={<Icon name="stages" />}
      data={overview.environments.map(({ environment, configured }) => ({
        value: environment,
        label: configured ? environment : `${environment} (not configured)`,
      }))}
      value={selected.environment}
      onChange={(event) => onSelect(event.currentTarget.value)}
    />
  );
}

function PromoteButton({
  application,
  overview,
  selected,
  onPromote,
}: Selecting & Pick<ApplicationPageProps, "application" | "onPromote">) {
  const target = proposedTarget(overview, selected);
  const common = { leftSection: <Icon name="right" />, blocked: promotionBlocked(overview, selected) };
  const label = `Promote ${selected.environment}`;
  return target ? (
    <ChangeButton
      {...common}
      needs="promote"
      kind="promotion"
      application={application}
      environment={target.environment}
      onClick={() => onPromote(selected.environment, target.environment)}
    >
      {label}
    </ChangeButton>
  ) : (
    <RightButton {...common} needs="promote" at="somewhere" onClick={() => undefined}>
      {label}
    </RightButton>
  );
}
