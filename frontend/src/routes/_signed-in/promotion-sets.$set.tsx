import { createFileRoute } from "@tanstack/react-router";
import { promotionSetQuery } from "@/features/promotion-sets/queries";
import { RollBackSetDialog } from "@/features/promotion-sets/roll-back-set-dialog";
import { PromotionSetPage } from "@/features/promotion-sets/set-page";

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
          <RollBackSetDialog
            set={found}
            onClose={() => show({ back: undefined })}
            onStarted={(started) => void navigate({ params: { set: started }, search: {} })}
          />
        ) : null
      }
    />
  );
}
