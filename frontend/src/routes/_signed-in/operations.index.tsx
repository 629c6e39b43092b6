import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import type { OperationFilter } from "@/api/contract";
import { environmentsQuery } from "@/api/environments";
import { HistoryPage } from "@/features/operations/history-page";
import { operationsQuery } from "@/features/operations/queries";
import { optionalOf, optionalText } from "@/lib/search-params";
import { kindWords, operationStatus } from "@/ui/statuses";

const words = <Word extends string>(record: Record<Word, unknown>) => Object.keys(record) as Word[];

export const Route = createFileRoute("/_signed-in/operations/")({
  validateSearch: (search): OperationFilter => ({
    application: optionalText(search.application),
    environment: optionalText(search.environment),
    kind: optionalOf(words(kindWords), search.kind),
    state: optionalOf(words(operationStatus), search.state),
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => void context.queryClient.prefetchInfiniteQuery(operationsQuery(deps)),
  component: HistoryRoute,
});

function HistoryRoute() {
  const filter = Route.useSearch();
  const navigate = Route.useNavigate();
  const environments = useQuery(environmentsQuery);
  return (
    <HistoryPage
      filter={filter}
      environments={environments.data?.map(({ name }) => name) ?? []}
      onFilter={(changes) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true })}
      onPutBack={(operation) =>
        void navigate({ to: "/operations/$operation", params: { operation }, search: { back: true } })
      }
    />
  );
}
