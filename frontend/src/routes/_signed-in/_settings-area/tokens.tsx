import { createFileRoute } from "@tanstack/react-router";
import { administers, rightsQuery } from "@/api/rights";
import { TokensPage } from "@/features/tokens/tokens-page";
import { tokensQuery } from "@/features/tokens/queries";

export const Route = createFileRoute("/_signed-in/_settings-area/tokens")({
  validateSearch: (search): { all?: true } => ({ all: search.all === true ? true : undefined }),
  loader: async ({ context: { queryClient } }) => {
    const held = await queryClient.ensureQueryData(rightsQuery);
    if (administers(held)) void queryClient.prefetchQuery(tokensQuery);
  },
  component: TokensRoute,
});

function TokensRoute() {
  const { all = false } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <TokensPage
      all={all}
      onAll={(selected) => void navigate({ search: { all: selected || undefined }, replace: true })}
    />
  );
}
