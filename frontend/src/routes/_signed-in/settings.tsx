import { createFileRoute, redirect } from "@tanstack/react-router";
import { allows, meQuery } from "@/api/me";

/** The first page of the settings that the user can work with. */
export const Route = createFileRoute("/_signed-in/settings")({
  beforeLoad: async ({ context: { queryClient } }) => {
    const { role } = await queryClient.ensureQueryData(meQuery);
    throw redirect({ to: allows(role, "admin") ? "/people" : "/sessions", replace: true });
  },
});
