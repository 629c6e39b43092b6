import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { clustersQuery } from "@/api/clusters";
import { environmentsQuery } from "@/api/environments";
import type { LevelSearch } from "@/lib/level";
import { optionalText } from "@/lib/search-params";
import { approvalPoliciesQuery } from "@/features/environments/queries";
import { EnvironmentsPage } from "@/features/environments/environments-page";

export const Route = createFileRoute("/_signed-in/environments")({
  validateSearch: (search): LevelSearch => ({
    environment: optionalText(search.environment),
    level: optionalText(search.level),
  }),
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchQuery(environmentsQuery);
    void queryClient.prefetchQuery(approvalPoliciesQuery);
  },
  component: EnvironmentsRoute,
});

function EnvironmentsRoute() {
  const clusters = useQuery(clustersQuery);
  const { environment, level } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <EnvironmentsPage
      clusters={clusters.data?.map(({ name }) => name) ?? []}
      level={environment && level ? { environment, cluster: level } : undefined}
      onLevelClosed={() => void navigate({ search: {}, replace: true })}
    />
  );
}
