import { createFileRoute } from "@tanstack/react-router";
import { sessionsQuery } from "@/features/session/queries";
import { SessionsPage } from "@/features/session/sessions-page";

export const Route = createFileRoute("/_signed-in/_settings-area/sessions")({
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(sessionsQuery),
  component: SessionsPage,
});
