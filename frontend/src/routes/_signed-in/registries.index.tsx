import { createFileRoute } from "@tanstack/react-router";
import { receiversQuery } from "@/features/receivers/queries";
import { ReceiversSection } from "@/features/receivers/receivers-section";
import { Page } from "@/ui/page";

export const Route = createFileRoute("/_signed-in/registries/")({
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(receiversQuery);
  },
  component: RegistriesRoute,
});

function RegistriesRoute() {
  return (
    <Page title="Registries" below="How Stagecoach comes to know of new images, and what it may ask about them">
      <ReceiversSection />
    </Page>
  );
}
