import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { appEnvironmentsQuery } from "@/api/environments";
import { AdoptPage } from "@/features/adopting/adopt-page";

export const Route = createFileRoute("/_signed-in/applications/$application/adopt/$environment")({
  loader: ({ context, params }) => context.queryClient.ensureQueryData(appEnvironmentsQuery(params.application)),
  component: AdoptRoute,
});

function AdoptRoute() {
  const { application, environment } = Route.useParams();
  const navigate = Route.useNavigate();
  const { data: environments } = useSuspenseQuery(appEnvironmentsQuery(application));
  const target = environments.find((each) => each.environment.toLowerCase() === environment.toLowerCase());
  const name = target?.environment ?? environment;
  return (
    <AdoptPage
      application={application}
      environment={name}
      clusters={target?.clusters ?? []}
      defaultNamespace={target?.namespace ?? null}
      onAdopted={() =>
        void navigate({ to: "/applications/$application", params: { application }, search: { environment: name } })
      }
    />
  );
}
