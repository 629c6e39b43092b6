import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { appEnvironmentsQuery } from "@/api/environments";
import { ranges, topicNames, type Shown } from "@/features/timeline/model";
import { timelineQuery } from "@/features/timeline/queries";
import { TimelinePage } from "@/features/timeline/timeline-page";
import { optionalOf, optionalText } from "@/lib/search-params";

export const Route = createFileRoute("/_signed-in/applications/$application/timeline/$environment")({
  validateSearch: (search): Shown => {
    const only = Array.isArray(search.only)
      ? topicNames.filter((topic) => (search.only as unknown[]).includes(topic))
      : [];
    return {
      range: optionalOf(ranges, search.range),
      from: optionalText(search.from),
      to: optionalText(search.to),
      only: only.length > 0 ? only : undefined,
    };
  },
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps }) =>
    void context.queryClient.prefetchInfiniteQuery(timelineQuery(params.application, params.environment, deps)),
  component: TimelineRoute,
});

function TimelineRoute() {
  const { application, environment } = Route.useParams();
  const shown = Route.useSearch();
  const navigate = Route.useNavigate();
  const { data } = useQuery(appEnvironmentsQuery(application));
  return (
    <TimelinePage
      application={application}
      environment={environment}
      environments={(data ?? []).filter(({ configured }) => configured).map((each) => each.environment)}
      shown={shown}
      onShow={(changes) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true })}
      onEnvironment={(name) =>
        void navigate({ params: { application, environment: name }, search: (before) => before })
      }
    />
  );
}
