import { createFileRoute } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { promotionSetQuery } from "@/features/promotion-sets/queries";
import { PromotionSetPage } from "@/features/promotion-sets/set-page";

const RollBackSetDialog = lazy(async () => ({
  default: (await import("@/features/promotion-sets/roll-back-set-dialog")).RollBackSetDialog,
}));

interface Search {
  /** The dialog that previews the rollback of the set is open. */
  back?: true;
}

export const Route = createFileRoute("/_signed-in/promotion-sets/$set")({
  validateSearch: (search): Search => ({ back: search.back === true ? true : undefined }),
  loader: ({ context, params }) => context.queryClient.ensureQueryData(promotionSetQuery(params.set)),
  component: PromotionSetRoute,
});

function PromotionSetRoute() {
  const { set } = Route.useParams();
  const { back } = Route.useSearch();
  const navigate = Route.useNavigate();
  const show = (search: Search) => void navigate({ search, resetScroll: false });
  return (
    <PromotionSetPage
      key={set}
      id={set}
      onRollBack={() => show({ back: true })}
      over={(found) =>
        back ? (
          <Suspense fallback={null}>
            <RollBackSetDialog
              set={found}
              onClose={() => show({ back: undefined })}
              onStarted={(started) => void navigate({ params: { set: started }, search: {} })}
            />
          </Suspense>
        ) : null
      }
    />
  );
}
