import { createFileRoute } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { operationQuery } from "@/api/operations";
import { OperationPage } from "@/features/operations/operation-page";

// Loaded on demand: no other part of the page needs the form of a strategy.
const PutBackDialog = lazy(async () => ({ default: (await import("@/connected/put-back-dialog")).PutBackDialog }));

interface Search {
  /** The dialog that previews the one step back is open. */
  back?: true;
}

export const Route = createFileRoute("/_signed-in/operations/$operation")({
  validateSearch: (search): Search => ({ back: search.back === true ? true : undefined }),
  loader: ({ context, params }) => context.queryClient.ensureQueryData(operationQuery(params.operation)),
  component: OperationRoute,
});

function OperationRoute() {
  const { operation } = Route.useParams();
  const { back } = Route.useSearch();
  const navigate = Route.useNavigate();
  const show = (search: Search) => void navigate({ search, resetScroll: false });
  return (
    <OperationPage
      key={operation}
      id={operation}
      onPutBack={() => show({ back: true })}
      over={({ application, environment }) =>
        back ? (
          <Suspense fallback={null}>
            <PutBackDialog
              application={application}
              environment={environment}
              operation={operation}
              onConfigured={(release) =>
                void navigate({
                  to: "/applications/$application",
                  params: { application },
                  search: { environment, release, configuration: true },
                })
              }
              onClose={() => show({ back: undefined })}
              onStarted={(started) => void navigate({ params: { operation: started }, search: {} })}
            />
          </Suspense>
        ) : null
      }
    />
  );
}
