import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { appEnvironmentsQuery } from "@/api/environments";
import { ConfigurePage } from "@/features/configuring/configure-page";

export const Route = createFileRoute("/_signed-in/applications/$application/configure/$environment")({
  loader: ({ context, params }) => context.queryClient.ensureQueryData(appEnvironmentsQuery(params.application)),
  component: ConfigureRoute,
});

function ConfigureRoute() {
  const { application, environment } = Route.useParams();
  const navigate = Route.useNavigate();
  const { data: environments } = useSuspenseQuery(appEnvironmentsQuery(application));
  const target = environments.find((each) => each.environment.toLowerCase() === environment.toLowerCase());
  return (
    <ConfigurePage
      application={application}
      environment={target?.environment ?? environment}
      clusters={target?.clusters ?? []}
      defaultNamespace={target?.namespace ?? null}
      onStarted={(operation) => void navigate({ to: "/operations/$operation", params: { operation } })}
      onProposed={(proposal) => void navigate({ to: "/proposals/$proposal", params: { proposal } })}
    />
  );
}
