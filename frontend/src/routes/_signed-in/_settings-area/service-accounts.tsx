import { createFileRoute } from "@tanstack/react-router";
import { accountsQuery } from "@/api/subjects";
import { ServiceAccountsPage } from "@/features/tokens/service-accounts-page";

export const Route = createFileRoute("/_signed-in/_settings-area/service-accounts")({
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(accountsQuery),
  component: ServiceAccountsPage,
});
