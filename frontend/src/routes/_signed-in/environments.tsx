import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { clustersQuery } from "@/api/clusters";
import { environmentsQuery } from "@/api/environments";
import { approvalPoliciesQuery } from "@/features/environments/queries";
import { EnvironmentsPage } from "@/features/environments/environments-page";

export const Route = createFileRoute("/_signed-in/environments")({
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchQuery(environmentsQuery);
    void queryClient.prefetchQuery(approvalPoliciesQuery);
  },
  component: EnvironmentsRoute,
});

function EnvironmentsRoute() {
  const clusters = useQuery(clustersQuery);
  return <EnvironmentsPage clusters={clusters.data?.map(({ name }) => name) ?? []} />;
}
