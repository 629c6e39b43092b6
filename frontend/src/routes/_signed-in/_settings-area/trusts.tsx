import { createFileRoute } from "@tanstack/react-router";
import { allows, meQuery } from "@/api/me";
import { trustsQuery } from "@/features/trusts/queries";
import { TrustsPage } from "@/features/trusts/trusts-page";

export const Route = createFileRoute("/_signed-in/_settings-area/trusts")({
  loader: async ({ context: { queryClient } }) => {
    const { role } = await queryClient.ensureQueryData(meQuery);
    if (allows(role, "admin")) void queryClient.prefetchQuery(trustsQuery);
  },
  component: TrustsPage,
});
