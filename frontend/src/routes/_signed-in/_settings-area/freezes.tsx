import { createFileRoute } from "@tanstack/react-router";
import { FreezesPage } from "@/features/freezes/freezes-page";
import { freezesQuery } from "@/features/freezes/queries";

export const Route = createFileRoute("/_signed-in/_settings-area/freezes")({
  loader: ({ context }) => void context.queryClient.prefetchQuery(freezesQuery),
  component: FreezesPage,
});
