import { createFileRoute, redirect } from "@tanstack/react-router";
import { administers, rightsQuery } from "@/api/rights";

/** The first page of the settings that the user can work with. */
export const Route = createFileRoute("/_signed-in/settings")({
  beforeLoad: async ({ context: { queryClient } }) => {
    const held = await queryClient.ensureQueryData(rightsQuery);
    throw redirect({ to: administers(held) ? "/people" : "/sessions", replace: true });
  },
});
