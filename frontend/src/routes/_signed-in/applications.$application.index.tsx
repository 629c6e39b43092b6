import { createFileRoute } from "@tanstack/react-router";
import { applicationQuery } from "@/api/applications";
import { ApplicationMenu } from "@/features/applications/application-menu";
import { RecentOperations } from "@/features/operations/recent-operations";
import { ApplicationPage } from "@/features/pipeline/application-page";
import { overviewQuery } from "@/features/pipeline/queries";
import { promotionTargetsFrom } from "@/features/pipeline/model";
import { PromoteDialog } from "@/features/promotions/promote-dialog";
import { ReleasesSection } from "@/features/releases/releases-section";
import { RollBackDialog } from "@/features/releases/roll-back-dialog";
import { optionalText } from "@/lib/search-params";

interface Search {
  environment?: string;
  /** The promotion that is being looked at: from here to there. */
  promote?: string;
  to?: string;
  /** The release that is being looked at to go back to, in `environment`. */
  release?: number;
}

export const Route = createFileRoute("/_signed-in/applications/$application/")({
  validateSearch: (search): Search => ({
    environment: optionalText(search.environment),
    promote: optionalText(search.promote),
    to: optionalText(search.to),
    release: typeof search.release === "number" && search.release > 0 ? search.release : undefined,
  }),
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(overviewQuery(params.application));
    return context.queryClient.ensureQueryData(applicationQuery(params.application));
  },
  component: ApplicationRoute,
});

function ApplicationRoute() {
  const { application } = Route.useParams();
  const { environment, promote, to, release } = Route.useSearch();
  const navigate = Route.useNavigate();
  const show = (changes: Search) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), resetScroll: false });
  const follow = (operation: string) => void navigate({ to: "/operations/$operation", params: { operation } });
  return (
    <ApplicationPage
      application={application}
      environment={environment}
      onSelect={(selected) => show({ environment: selected })}
      onPromote={(source, target) => show({ promote: source, to: target })}
      menu={
        <ApplicationMenu
          application={application}
          onRenamed={(name) => void navigate({ params: { application: name }, replace: true })}
          onDeleted={() => void navigate({ to: "/applications" })}
        />
      }
      beside={(shown) => (
        <>
          <ReleasesSection
            application={application}
            environment={shown.environment}
            onRollBack={(number) => show({ environment: shown.environment, release: number })}
          />
          <RecentOperations application={application} environment={shown.environment} />
        </>
      )}
      over={(overview) => (
        <>
          {promote && to ? (
            <PromoteDialog
              key={`${promote} ${to}`}
              application={application}
              source={promote}
              target={to}
              targets={promotionTargetsFrom(overview, promote)}
              onTarget={(target) => show({ to: target })}
              onClose={() => show({ promote: undefined, to: undefined })}
              onStarted={follow}
            />
          ) : null}
          {release && environment ? (
            <RollBackDialog
              application={application}
              environment={environment}
              release={release}
              onClose={() => show({ release: undefined })}
              onStarted={follow}
            />
          ) : null}
        </>
      )}
    />
  );
}
