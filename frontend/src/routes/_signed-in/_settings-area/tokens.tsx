import { createFileRoute } from "@tanstack/react-router";
import { allows, meQuery } from "@/api/me";
import { TokensPage } from "@/features/tokens/tokens-page";
import { tokensQuery } from "@/features/tokens/queries";

export const Route = createFileRoute("/_signed-in/_settings-area/tokens")({
  validateSearch: (search): { all?: true } => ({ all: search.all === true ? true : undefined }),
  loader: async ({ context: { queryClient } }) => {
    const { role } = await queryClient.ensureQueryData(meQuery);
    if (allows(role, "admin")) void queryClient.prefetchQuery(tokensQuery);
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
