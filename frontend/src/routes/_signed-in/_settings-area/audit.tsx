import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import type { AuditFilter } from "@/api/contract";
import { environmentsQuery } from "@/api/environments";
import { AuditPage } from "@/features/audit/audit-page";
import { outcomes } from "@/features/audit/model";
import { auditQuery } from "@/features/audit/queries";
import { optionalOf, optionalText } from "@/lib/search-params";

export const Route = createFileRoute("/_signed-in/_settings-area/audit")({
  validateSearch: (search): AuditFilter => ({
    actor: optionalText(search.actor),
    action: optionalText(search.action),
    target: optionalText(search.target),
    application: optionalText(search.application),
    environment: optionalText(search.environment),
    outcome: optionalOf(outcomes, search.outcome),
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => void context.queryClient.prefetchInfiniteQuery(auditQuery(deps)),
  component: AuditRoute,
});

function AuditRoute() {
  const filter = Route.useSearch();
  const navigate = Route.useNavigate();
  const environments = useQuery(environmentsQuery);
  return (
    <AuditPage
      filter={filter}
      environments={environments.data?.map(({ name }) => name) ?? []}
      onFilter={(changes) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true })}
    />
  );
}
