import { createFileRoute } from "@tanstack/react-router";
import { Fragment, lazy, Suspense } from "react";
import { applicationQuery } from "@/api/applications";
import type { ApplicationOverview, EnvironmentOverview } from "@/api/contract";
import { reference } from "@/api/deploying";
import { ApplicationMenu } from "@/features/applications/application-menu";
import { ImagesSection } from "@/features/images/images-section";
import { RecentOperations } from "@/features/operations/recent-operations";
import { GitFolderSection } from "@/features/ownership/git-folder-section";
import { OwnersSection } from "@/features/ownership/owners-section";
import { ApplicationPage } from "@/features/pipeline/application-page";
import { overviewQuery } from "@/features/pipeline/queries";
import {
  promotionTargetsFrom,
  offeredPushes,
  runningRepositories,
  selectedEnvironment,
} from "@/features/pipeline/model";
import { ReleasesSection } from "@/features/releases/releases-section";
import { restartable } from "@/features/restarting/model";
import { optionalText } from "@/lib/search-params";
import { LinkButton } from "@/ui/link";

// Loaded on demand: no other part of the page needs what they are made of.
const DeployDialog = lazy(async () => ({ default: (await import("@/connected/deploy-dialog")).DeployDialog }));
const PutBackDialog = lazy(async () => ({ default: (await import("@/connected/put-back-dialog")).PutBackDialog }));
const PromoteDialog = lazy(async () => ({
  default: (await import("@/features/promotions/promote-dialog")).PromoteDialog,
}));
const RollBackDialog = lazy(async () => ({
  default: (await import("@/features/releases/roll-back-dialog")).RollBackDialog,
}));
const RestartDialog = lazy(async () => ({
  default: (await import("@/features/restarting/restart-dialog")).RestartDialog,
}));
const PoliciesDialog = lazy(async () => ({
  default: (await import("@/features/images/policies-dialog")).PoliciesDialog,
}));

interface Search {
  environment?: string;
  /** The open promote dialog: its source, and in `to` its target. */
  promote?: string;
  to?: string;
  /** The open rollback dialog: the release of `environment` to roll back to. */
  release?: number;
  /** Whether it offers the configuration of that release from the start. */
  configuration?: true;
  /** The dialog that previews a restart in `environment` is open. */
  restart?: true;
  /** The open dialog that previews a deployment in `environment`: the reference of the image. */
  deploy?: string;
  /** The open dialog that previews the one step back in `environment`: the operation to take back. */
  back?: string;
  /** The tag whose status in `environment` is explained. */
  why?: string;
  /** The digest of the explained image; without it, the newest image of the tag is explained. */
  digest?: string;
  /** The dialog with the image policies of `environment` is open. */
  policies?: true;
}

export const Route = createFileRoute("/_signed-in/applications/$application/")({
  validateSearch: (search): Search => ({
    environment: optionalText(search.environment),
    promote: optionalText(search.promote),
    to: optionalText(search.to),
    release: typeof search.release === "number" && search.release > 0 ? search.release : undefined,
    configuration: search.configuration === true ? true : undefined,
    restart: search.restart === true ? true : undefined,
    deploy: optionalText(search.deploy),
    back: optionalText(search.back),
    // The router parses an unquoted number: the tag 1.10 would arrive as 1.1, so that numbers are refused.
    why: optionalText(search.why),
    digest: optionalText(search.digest),
    policies: search.policies === true ? true : undefined,
  }),
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(overviewQuery(params.application));
    return context.queryClient.ensureQueryData(applicationQuery(params.application));
  },
  component: ApplicationRoute,
});

function ApplicationRoute() {
  const { application } = Route.useParams();
  const search = Route.useSearch();
  const { environment, promote, to, release, deploy, back, why, digest, policies } = search;
  const navigate = Route.useNavigate();
  const show = (changes: Search) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), resetScroll: false });
  const follow = (operation: string) => void navigate({ to: "/operations/$operation", params: { operation } });
  const followProposal = (proposal: string) => void navigate({ to: "/proposals/$proposal", params: { proposal } });
  return (
    <ApplicationPage
      application={application}
      environment={environment}
      onSelect={(selected) => show({ environment: selected, why: undefined, digest: undefined })}
      onPromote={(source, target) => show({ promote: source, to: target })}
      onDeploy={(where, image) => show({ environment: where, deploy: reference(image) })}
      onPutBack={(where, operation) => show({ environment: where, back: operation })}
      onRestart={(where) => show({ environment: where, restart: true })}
      onBring={({ source, cluster, target, names }) =>
        void navigate({
          to: "/applications/$application/import/$environment",
          params: { application, environment: target },
          search: { from: source, cluster, keys: [...names] },
        })
      }
      menu={
        <>
          <LinkButton
            variant="default"
            to="/applications/$application/compare"
            params={{ application }}
            search={{ left: environment }}
          >
            Compare
          </LinkButton>
          <ApplicationMenu
            application={application}
            onRenamed={(name) => void navigate({ params: { application: name }, replace: true })}
            onDeleted={() => void navigate({ to: "/applications" })}
          />
        </>
      }
      below={(shown) => (
        <Fragment key={shown.environment}>
          <ImagesSection
            application={application}
            environment={shown.environment}
            blocked={blockedIn(shown)}
            why={why ? { tag: why, digest } : undefined}
            onWhy={(asked) => show({ environment: shown.environment, why: asked?.tag, digest: asked?.digest })}
            onPolicies={() => show({ environment: shown.environment, policies: true })}
            onDeploy={(image) => show({ environment: shown.environment, deploy: reference(image) })}
          />
          <OwnersSection
            application={application}
            environment={shown.environment}
            clusters={shown.clusters.map(({ cluster }) => cluster)}
            workloads={shown.workloads}
            blocked={blockedIn(shown)}
          />
          <GitFolderSection
            application={application}
            environment={shown.environment}
            clusters={shown.clusters.map(({ cluster }) => cluster)}
          />
        </Fragment>
      )}
      unconfigured={(shown) => (
        <GitFolderSection
          key={shown.environment}
          application={application}
          environment={shown.environment}
          clusters={shown.clusters.map(({ cluster }) => cluster)}
        />
      )}
      beside={(shown) => (
        <>
          <ReleasesSection
            application={application}
            environment={shown}
            onRollBack={(number) => show({ environment: shown.environment, release: number })}
            onPutBack={(operation) => show({ environment: shown.environment, back: operation })}
          />
          <RecentOperations application={application} environment={shown.environment} />
        </>
      )}
      over={(overview) => (
        <Suspense fallback={null}>
          {promote && to ? (
            <PromoteDialog
              key={`${promote} ${to}`}
              application={application}
              source={promote}
              target={to}
              targets={promotionTargetsFrom(overview, promote)}
              offered={offeredIn(overview, to)}
              onTarget={(target) => show({ to: target })}
              onClose={() => show({ promote: undefined, to: undefined })}
              onStarted={follow}
              onProposed={followProposal}
            />
          ) : null}
          {policies && environment ? (
            <PoliciesDialog
              key={environment}
              application={application}
              environment={environment}
              running={runningIn(overview, environment)}
              onClose={() => show({ policies: undefined })}
            />
          ) : null}
          {deploy && environment ? (
            <DeployDialog
              application={application}
              environment={environment}
              image={deploy}
              onClose={() => show({ deploy: undefined })}
              onStarted={follow}
              onProposed={followProposal}
            />
          ) : null}
          {back && environment ? (
            <PutBackDialog
              application={application}
              environment={environment}
              operation={back}
              onConfigured={(former) => show({ back: undefined, release: former, configuration: true })}
              onClose={() => show({ back: undefined })}
              onStarted={follow}
            />
          ) : null}
          {search.restart && environment ? (
            <RestartDialog
              application={application}
              environment={environment}
              workloads={restartable(
                overview.environments.find((each) => each.environment === environment)?.workloads ?? [],
              )}
              onClose={() => show({ restart: undefined })}
              onStarted={follow}
            />
          ) : null}
          {release && environment ? (
            <RollBackDialog
              application={application}
              environment={environment}
              release={release}
              configured={search.configuration}
              underway={isUnderWay(overview, environment)}
              onClose={() => show({ release: undefined, configuration: undefined })}
              onStarted={follow}
            />
          ) : null}
        </Suspense>
      )}
    />
  );
}

const blockedIn = ({ active_operation: active }: EnvironmentOverview): string | null =>
  active ? "An operation is running in this environment." : null;

const isUnderWay = (overview: ApplicationOverview, name: string): boolean =>
  overview.environments.some((each) => each.environment === name && Boolean(each.active_operation));

const runningIn = (overview: ApplicationOverview, name: string) => {
  const environment = selectedEnvironment(overview, name);
  return environment ? runningRepositories(environment) : [];
};

/** The pushed images that are offered in an environment, with their containers. */
const offeredIn = (overview: ApplicationOverview, name: string) => {
  const environment = overview.environments.find((each) => each.environment === name);
  return environment ? offeredPushes(environment).map(({ image, containers }) => ({ ...image, containers })) : [];
};
