import { createFileRoute } from "@tanstack/react-router";
import { rightsQuery } from "@/api/rights";
import { bindingsQuery } from "@/features/roles/queries";
import { RolesPage } from "@/features/roles/roles-page";
import { allowsSomewhere } from "@/lib/rights";

export const Route = createFileRoute("/_signed-in/_settings-area/roles")({
  loader: async ({ context: { queryClient } }) => {
    const held = await queryClient.ensureQueryData(rightsQuery);
    if (allowsSomewhere(held, "maintain")) void queryClient.prefetchQuery(bindingsQuery);
  },
  component: RolesPage,
});
