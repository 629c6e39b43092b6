import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import type { AppEnvironment } from "@/api/contract";
import { appEnvironmentsQuery } from "@/api/environments";
import { ComparePage } from "@/features/comparing/compare-page";
import type { PickedSide, PickedSides } from "@/features/comparing/model";
import { optionalText } from "@/lib/search-params";

interface Search {
  left?: string;
  right?: string;
  leftCluster?: string;
  rightCluster?: string;
  leftRelease?: number;
  rightRelease?: number;
}

const release = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isInteger(value) && value > 0 ? value : undefined;

export const Route = createFileRoute("/_signed-in/applications/$application/compare")({
  validateSearch: (search): Search => ({
    left: optionalText(search.left),
    right: optionalText(search.right),
    leftCluster: optionalText(search.leftCluster),
    rightCluster: optionalText(search.rightCluster),
    leftRelease: release(search.leftRelease),
    rightRelease: release(search.rightRelease),
  }),
  loader: ({ context, params }) => context.queryClient.ensureQueryData(appEnvironmentsQuery(params.application)),
  component: CompareRoute,
});

function CompareRoute() {
  const { application } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const { data } = useSuspenseQuery(appEnvironmentsQuery(application));
  const environments = data.filter(({ configured }) => configured);
  return (
    <ComparePage
      application={application}
      environments={environments}
      sides={sidesFrom(search, environments)}
      onSides={({ left, right }) =>
        void navigate({
          search: {
            left: left.environment,
            right: right.environment,
            leftCluster: left.cluster,
            rightCluster: right.cluster,
            leftRelease: left.release,
            rightRelease: right.release,
          },
          replace: true,
        })
      }
      onBring={({ source, cluster, target, names }) =>
        void navigate({
          to: "/applications/$application/import/$environment",
          params: { application, environment: target },
          search: { from: source, cluster, keys: [...names] },
        })
      }
    />
  );
}

/** The sides in the address; without them, the first two environments. */
function sidesFrom(search: Search, environments: readonly AppEnvironment[]): PickedSides | null {
  const [first, second] = environments.map(({ environment }) => environment);
  if (first === undefined) return null;
  const known = (name: string | undefined): string | undefined =>
    environments.find(({ environment }) => environment.toLowerCase() === name?.toLowerCase())?.environment;
  const left: PickedSide = {
    environment: known(search.left) ?? first,
    cluster: search.leftCluster,
    release: search.leftRelease,
  };
  const right: PickedSide = {
    environment: known(search.right) ?? second ?? first,
    cluster: search.rightCluster,
    release: search.rightRelease,
  };
  return { left, right };
}
