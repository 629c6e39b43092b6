import { createFileRoute } from "@tanstack/react-router";
import { ProposalsPage } from "@/features/proposals/proposals-page";
import { proposalsQuery } from "@/features/proposals/queries";

interface Search {
  /** Also those that have ended. */
  all?: true;
}

export const Route = createFileRoute("/_signed-in/proposals/")({
  validateSearch: (search): Search => ({ all: search.all === true ? true : undefined }),
  loader: ({ context }) => void context.queryClient.prefetchInfiniteQuery(proposalsQuery("waiting")),
  component: ProposalsRoute,
});

function ProposalsRoute() {
  const { all = false } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <ProposalsPage
      all={all}
      onAll={(shown) => void navigate({ search: { all: shown ? true : undefined }, replace: true })}
    />
  );
}
