import { createFileRoute } from "@tanstack/react-router";
import { proposalQuery } from "@/api/proposals";
import { ProposalPage } from "@/features/proposals/proposal-page";

export const Route = createFileRoute("/_signed-in/proposals/$proposal")({
  loader: ({ context, params }) => context.queryClient.ensureQueryData(proposalQuery(params.proposal)),
  component: ProposalRoute,
});

function ProposalRoute() {
  const { proposal } = Route.useParams();
  return <ProposalPage key={proposal} id={proposal} />;
}
