import { createFileRoute } from "@tanstack/react-router";
import type { DeliveryFate } from "@/api/contract";
import { fates } from "@/features/receivers/model";
import { deliveriesQuery, providersQuery, receiverQuery } from "@/features/receivers/queries";
import { ReceiverPage } from "@/features/receivers/receiver-page";
import { optionalOf } from "@/lib/search-params";

export const Route = createFileRoute("/_signed-in/registries/$receiver")({
  validateSearch: (search): { fate?: DeliveryFate } => ({ fate: optionalOf(fates, search.fate) }),
  loaderDeps: ({ search }) => ({ fate: search.fate }),
  loader: ({ context: { queryClient }, params, deps }) => {
    void queryClient.prefetchQuery(providersQuery);
    void queryClient.prefetchInfiniteQuery(deliveriesQuery(params.receiver, deps.fate));
    return queryClient.ensureQueryData(receiverQuery(params.receiver));
  },
  component: ReceiverRoute,
});

function ReceiverRoute() {
  const { receiver } = Route.useParams();
  const { fate } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <ReceiverPage
      receiver={receiver}
      fate={fate}
      onFate={(selected) => void navigate({ search: { fate: selected }, replace: true })}
      onDeleted={() => void navigate({ to: "/registries" })}
    />
  );
}
