import { createFileRoute } from "@tanstack/react-router";
import { ApplicationsPage } from "@/features/applications/applications-page";
import { matrixQuery } from "@/features/applications/queries";
import { optionalText } from "@/lib/search-params";

export const Route = createFileRoute("/_signed-in/applications/")({
  validateSearch: (search): { search?: string } => ({ search: optionalText(search.search) }),
  loader: ({ context }) => void context.queryClient.prefetchQuery(matrixQuery),
  component: ApplicationsRoute,
});

function ApplicationsRoute() {
  const { search = "" } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <ApplicationsPage
      search={search}
      onSearch={(text) => void navigate({ search: { search: text || undefined }, replace: true })}
      onCreated={(application) => void navigate({ to: "/applications/$application", params: { application } })}
    />
  );
}
