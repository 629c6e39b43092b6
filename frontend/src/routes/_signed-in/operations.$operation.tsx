import { createFileRoute } from "@tanstack/react-router";
import { OperationPage } from "@/features/operations/operation-page";
import { operationQuery } from "@/features/operations/queries";

export const Route = createFileRoute("/_signed-in/operations/$operation")({
  loader: ({ context, params }) => context.queryClient.ensureQueryData(operationQuery(params.operation)),
  component: OperationRoute,
});

function OperationRoute() {
  const { operation } = Route.useParams();
  return <OperationPage key={operation} id={operation} />;
}
