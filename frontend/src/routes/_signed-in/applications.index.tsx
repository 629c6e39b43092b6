import { createFileRoute } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { ApplicationsPage } from "@/features/applications/applications-page";
import { matrixQuery } from "@/features/applications/queries";
import { optionalText } from "@/lib/search-params";

// Loaded on demand: no other part of the page needs the form of a strategy.
const PromoteSetDialog = lazy(async () => ({
  default: (await import("@/features/promotion-sets/promote-set-dialog")).PromoteSetDialog,
}));

interface Search {
  search?: string;
  /** The dialog that promotes several applications together is open. */
  promote?: true;
}

export const Route = createFileRoute("/_signed-in/applications/")({
  validateSearch: (search): Search => ({
    search: optionalText(search.search),
    promote: search.promote === true ? true : undefined,
  }),
  loader: ({ context }) => void context.queryClient.prefetchQuery(matrixQuery),
  component: ApplicationsRoute,
});

function ApplicationsRoute() {
  const { search = "", promote } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <ApplicationsPage
      search={search}
      onSearch={(text) => void navigate({ search: { search: text || undefined }, replace: true })}
      onPromote={() => void navigate({ search: (before) => ({ ...before, promote: true }), resetScroll: false })}
      promoting={
        promote
          ? (applications, known) => (
              <Suspense fallback={null}>
                <PromoteSetDialog
                  applications={applications}
                  known={known}
                  onClose={() =>
                    void navigate({ search: (before) => ({ ...before, promote: undefined }), resetScroll: false })
                  }
                  onStarted={(set) => void navigate({ to: "/promotion-sets/$set", params: { set } })}
                  onProposed={(proposal) => void navigate({ to: "/proposals/$proposal", params: { proposal } })}
                />
              </Suspense>
            )
          : null
      }
      onCreated={(application) => void navigate({ to: "/applications/$application", params: { application } })}
    />
  );
}
