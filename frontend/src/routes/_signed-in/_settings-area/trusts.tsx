import { createFileRoute } from "@tanstack/react-router";
import { administers, rightsQuery } from "@/api/rights";
import { trustsQuery } from "@/api/subjects";
import { TrustsPage } from "@/features/trusts/trusts-page";

export const Route = createFileRoute("/_signed-in/_settings-area/trusts")({
  loader: async ({ context: { queryClient } }) => {
    const held = await queryClient.ensureQueryData(rightsQuery);
    if (administers(held)) void queryClient.prefetchQuery(trustsQuery);
  },
  component: TrustsPage,
});
