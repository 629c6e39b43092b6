import { createFileRoute } from "@tanstack/react-router";
import { administers, rightsQuery } from "@/api/rights";
import { PeoplePage } from "@/features/people/people-page";
import { peopleQuery } from "@/api/subjects";
import { optionalText } from "@/lib/search-params";

export const Route = createFileRoute("/_signed-in/_settings-area/people")({
  validateSearch: (search): { search?: string | undefined } => ({ search: optionalText(search.search) }),
  loader: async ({ context: { queryClient } }) => {
    const held = await queryClient.ensureQueryData(rightsQuery);
    if (administers(held)) void queryClient.prefetchQuery(peopleQuery);
  },
  component: PeopleRoute,
});

function PeopleRoute() {
  const { search = "" } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <PeoplePage
      search={search}
      onSearch={(text) => void navigate({ search: { search: text || undefined }, replace: true })}
    />
  );
}
