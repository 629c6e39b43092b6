import { createFileRoute } from "@tanstack/react-router";
import { MyTokensPage } from "@/features/tokens/my-tokens-page";
import { myTokensQuery } from "@/features/tokens/queries";

export const Route = createFileRoute("/_signed-in/_settings-area/my-tokens")({
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(myTokensQuery),
  component: MyTokensPage,
});
