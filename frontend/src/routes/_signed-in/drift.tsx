import { createFileRoute } from "@tanstack/react-router";
import { DriftPage } from "@/features/drift/drift-page";
import { driftQuery } from "@/features/drift/queries";

export const Route = createFileRoute("/_signed-in/drift")({
  loader: ({ context }) => void context.queryClient.prefetchQuery(driftQuery),
  component: DriftRoute,
});

function DriftRoute() {
  const navigate = Route.useNavigate();
  return (
    <DriftPage
      onStarted={(operation) => void navigate({ to: "/operations/$operation", params: { operation } })}
      onImport={({ application, environment, source, names }) =>
        void navigate({
          to: "/applications/$application/import/$environment",
          params: { application, environment },
          search: { from: source, keys: names ?? undefined },
        })
      }
    />
  );
}
