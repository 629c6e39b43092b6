import { createFileRoute } from "@tanstack/react-router";
import { clustersQuery } from "@/api/clusters";
import { ClustersPage } from "@/features/clusters/clusters-page";

export const Route = createFileRoute("/_signed-in/clusters")({
  loader: ({ context }) => void context.queryClient.prefetchQuery(clustersQuery),
  component: ClustersPage,
});
