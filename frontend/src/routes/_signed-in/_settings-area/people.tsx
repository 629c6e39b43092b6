import { createFileRoute } from "@tanstack/react-router";
import { allows, meQuery } from "@/api/me";
import { PeoplePage } from "@/features/people/people-page";
import { peopleQuery } from "@/features/people/queries";
import { optionalText } from "@/lib/search-params";

export const Route = createFileRoute("/_signed-in/_settings-area/people")({
  validateSearch: (search): { search?: string | undefined } => ({ search: optionalText(search.search) }),
  loader: async ({ context: { queryClient } }) => {
    const { role } = await queryClient.ensureQueryData(meQuery);
    if (allows(role, "admin")) void queryClient.prefetchQuery(peopleQuery);
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
