import { createFileRoute } from "@tanstack/react-router";
import { rightsQuery } from "@/api/rights";
import { isSubjectKind } from "@/features/roles/model";
import { bindingsQuery } from "@/features/roles/queries";
import { RolesPage } from "@/features/roles/roles-page";
import { allowsSomewhere } from "@/lib/rights";
import { optionalText } from "@/lib/search-params";
import type { SubjectKind } from "@/api/contract";

interface Search {
  /** Whose roles are shown: both, or none. */
  kind?: SubjectKind | undefined;
  id?: string | undefined;
}

export const Route = createFileRoute("/_signed-in/_settings-area/roles")({
  validateSearch: ({ kind, id }): Search => {
    const named = optionalText(id);
    return named !== undefined && isSubjectKind(kind) ? { kind, id: named } : {};
  },
  loader: async ({ context: { queryClient } }) => {
    const held = await queryClient.ensureQueryData(rightsQuery);
    if (allowsSomewhere(held, "maintain")) void queryClient.prefetchQuery(bindingsQuery);
  },
  component: RolesRoute,
});

function RolesRoute() {
  const { kind, id } = Route.useSearch();
  return <RolesPage whom={kind !== undefined && id !== undefined ? { kind, id } : undefined} />;
}
